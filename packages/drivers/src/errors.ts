import { errorMaker } from '@netloom/core/errors/coded-error';

/** Errors of the drivers, by code. */
export const DRIVER_ERRORS = {
  BRIDGE_NO_TOOL: {
    message: 'The command "{tool}" is not installed.',
    remedy: 'Install it (Debian: apt install iproute2 nftables util-linux) and start the agent again.',
  },
  BRIDGE_NOT_PERMITTED: {
    message: 'Network namespaces cannot be made here: {reason}',
    remedy: 'Run the agent as root, or with CAP_NET_ADMIN and CAP_SYS_ADMIN; without root, inside a user namespace.',
  },
  BRIDGE_NO_BRIDGE: {
    message: 'This kernel makes no bridges: {reason}',
    remedy: 'Load the module (modprobe bridge) or boot a kernel built with CONFIG_BRIDGE.',
  },
  BRIDGE_NO_VXLAN: {
    message: 'This kernel makes no VXLAN devices: {reason}',
    remedy: 'Load the module (modprobe vxlan) or boot a kernel built with CONFIG_VXLAN.',
  },
  BRIDGE_NO_NEIGH_SUPPRESS: {
    message: 'This kernel or iproute2 cannot suppress ARP and ND on a bridge port: {reason}',
    remedy: 'Use Linux 4.20 or later and iproute2 5.0 or later.',
  },
  BRIDGE_NO_NFT_BRIDGE: {
    message: 'nftables has no bridge family here, and without it DHCP would cross the underlay: {reason}',
    remedy: 'Boot a kernel built with CONFIG_NF_TABLES_BRIDGE, or use networks without flooding.',
  },
  BRIDGE_NO_BRIDGE_NETFILTER: {
    message: '{object} cannot be guarded: bridged packets do not meet the IP hooks of this kernel.',
    remedy:
      'Load the module (modprobe br_netfilter) and start the agent again. Until then ports with port security stay detached.',
  },
  BRIDGE_NO_NFT_FILTERS: {
    message: '{object} cannot be guarded: this kernel or nft does not take the rules of security groups.',
    remedy:
      'Use nftables 1.0 or later on a kernel with nf_tables (bridge and inet families) and nf_conntrack, and start the agent again. Until then ports with port security stay detached.',
  },
  BRIDGE_NO_UNDERLAY: {
    message: 'No underlay address: {reason}',
    remedy: "Name the address or the device of this host's underlay in the agent's configuration.",
  },
  BRIDGE_COMMAND_FAILED: {
    message: '"{command}" failed: {reason}',
    remedy: 'Run the command by hand on the host to see more; the agent tries again by itself.',
  },
  BRIDGE_COMMAND_TIMEOUT: {
    message: '"{command}" gave no answer within {seconds} s.',
    remedy: 'Look for a stuck kernel task (dmesg) or an overloaded host; the agent tries again by itself.',
  },
  BRIDGE_REFUSED: {
    message: '{object}: {reason}',
    remedy: 'The kernel refused this one object. Remove what stands in its way; the agent tries again by itself.',
  },
  BRIDGE_BLOCKED: {
    message: '{object} waits until {cause} is right.',
    remedy: 'Repair the object it stands on; its own error says how.',
  },
  BRIDGE_BAD_VALUE: {
    message: '{object}: "{value}" cannot be handed to a command.',
    remedy: 'Correct the row; addresses and device names hold letters, digits and . : - _ only.',
  },
  BRIDGE_BAD_DEVICE: {
    message: '"{device}" cannot be the device of a port: {reason}',
    remedy: 'Plug the workload with a device of another name.',
  },
  BRIDGE_NO_PACKET_LOG: {
    message: 'Packets cannot be logged here: {reason}',
    remedy:
      'Install ulogd 2 with its JSON output (Debian: apt install ulogd2-json), or delete the log; the agent tries again by itself.',
  },
  BRIDGE_PROBE_WATCH: {
    message: 'Packets cannot be followed here: {reason}',
    remedy:
      'Live traces need nftables 1.0 or later on Linux 5.12 or later (tables with an owner, nft -i, nft monitor).',
  },
  BRIDGE_PROBE_SEND: {
    message: 'Nothing can be sent as if {device} had received it: {reason}',
    remedy:
      'Check that the workload is plugged. Sending needs tc and the mirred action (modprobe act_mirred, and cls_matchall or cls_u32).',
  },
  MEMORY_FAILURE: {
    message: '{object}: {reason}',
    remedy: 'A test asked for this failure.',
  },
} as const;

export type DriverErrorCode = keyof typeof DRIVER_ERRORS;

export const driverError = errorMaker(DRIVER_ERRORS);
