export interface FixedIp {
  readonly subnetId: string;
  readonly ip: string;
}

/** An option for the DHCP answer to one port; `name` as in dnsmasq ("mtu", "bootfile-name", a number). */
export interface DhcpOption {
  readonly name: string;
  readonly value: string;
  readonly family: 4 | 6;
}

/** A place on a network where one interface of a workload, or a service of ours, attaches. */
export interface Port {
  readonly id: string;
  readonly projectId: string;
  readonly networkId: string;
  /** Lower-case, colon-separated. */
  readonly mac: string;
  readonly fixedIps: readonly FixedIp[];
  readonly adminStateUp: boolean;
  /** Name of the host that carries the port; null while it is bound nowhere. */
  readonly host: string | null;
  /** "network:dhcp" marks the DHCP server's own port, which every host of the network serves under one address. */
  readonly deviceOwner: string;
  /** What the port is part of: of a router's interface, the router. */
  readonly deviceId: string;
  /** First label of the port's DNS name; empty for the generated one. */
  readonly dnsName: string;
  readonly dhcpOptions: readonly DhcpOption[];
  /** False: nothing that it sends or gets is checked. */
  readonly portSecurity: boolean;
  /** Ids of its security groups. */
  readonly securityGroups: readonly string[];
  /** What it may send from beside its own MAC and addresses. */
  readonly allowedPairs: readonly AddressPair[];
}

/** A MAC with the addresses that may be used with it. */
export interface AddressPair {
  /** Lower-case, colon-separated. */
  readonly mac: string;
  /** Canonical prefix; "10.0.0.9/32" for one address. */
  readonly prefix: string;
}

export const DHCP_OWNER = 'network:dhcp';

/** Owner of a router's port on its external network. */
export const GATEWAY_OWNER = 'network:router_gateway';

/** Owner of a port that only keeps the address of a floating IP from being given to others. */
const FLOATING_IP_OWNER = 'network:floatingip';

/** Owners of the ports by which routers meet networks; all are the same to a data plane in which every host routes. */
export const INTERFACE_OWNERS: ReadonlySet<string> = new Set([
  'network:router_interface',
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
]);

/** Owners of ports that no workload is plugged into. */
export const SERVICE_OWNERS: ReadonlySet<string> = new Set([
  ...INTERFACE_OWNERS,
  ...[DHCP_OWNER, GATEWAY_OWNER, FLOATING_IP_OWNER],
]);
