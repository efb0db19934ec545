import { errorMaker } from '@netloom/core/errors/coded-error';

/** Everything that can go wrong while a DHCP server is kept on a host. */
export const DHCP_ERRORS = {
  DHCP_NO_DNSMASQ: {
    message: 'dnsmasq is not installed on this host, so workloads of VNI {vni} get no addresses from it',
    remedy: 'apt-get install dnsmasq-base',
  },
  DHCP_NO_BRIDGE: {
    message: 'the DHCP server of VNI {vni} has no bridge {bridge} to stand on',
    remedy: 'it is retried once the bridge of the segment exists; look for an error of that segment',
  },
  DHCP_START_FAILED: {
    message: 'dnsmasq for VNI {vni} does not start: {reason}',
    remedy: 'free what it asks for, or report the message together with the files in {folder}',
  },
  DHCP_STOP_FAILED: {
    message: 'dnsmasq for VNI {vni} (process {pid}) survived SIGKILL',
    remedy: 'the process hangs in the kernel: look at its storage (state folder {folder})',
  },
  DHCP_COMMAND_FAILED: {
    message: '"{command}" failed: {reason}',
    remedy: 'run as root (or as root of a user namespace) with iproute2 and util-linux installed',
  },
  DHCP_FAILED: {
    message: 'the DHCP server of VNI {vni} cannot be kept: {reason}',
    remedy: 'make sure that {folder} is writable and has space',
  },
} as const;

export type DhcpErrorCode = keyof typeof DHCP_ERRORS;

export const dhcpError = errorMaker(DHCP_ERRORS);
