import { errorMaker } from '@netloom/core/errors/coded-error';

/** Everything that can go wrong while a service (a DHCP server, a router) is kept in a namespace of its own. `{service}` names it. */
export const SERVICE_ERRORS = {
  SERVICE_NO_PROGRAM: {
    message: '{service}: {program} is not installed on this host, so workloads are told nothing by it',
    remedy: 'install it (Debian: apt-get install dnsmasq-base radvd); it is retried by itself',
  },
  SERVICE_NO_BRIDGE: {
    message: '{service} has no bridge {bridge} to stand on',
    remedy: 'it is retried once the bridge of the segment exists; look for an error of that segment',
  },
  SERVICE_START_FAILED: {
    message: '{service}: {program} does not start: {reason}',
    remedy: 'free what it asks for, or report the message together with the files in {folder}',
  },
  SERVICE_STOP_FAILED: {
    message: '{service}: {program} (process {pid}) survived SIGKILL',
    remedy: 'the process hangs in the kernel: look at its storage (state folder {folder})',
  },
  SERVICE_COMMAND_FAILED: {
    message: '"{command}" failed: {reason}',
    remedy: 'run as root (or as root of a user namespace) with iproute2 and util-linux installed',
  },
  SERVICE_FAILED: {
    message: '{service} cannot be kept: {reason}',
    remedy: 'make sure that {folder} is writable and has space',
  },
} as const;

export type ServiceErrorCode = keyof typeof SERVICE_ERRORS;

export const serviceError = errorMaker(SERVICE_ERRORS);
