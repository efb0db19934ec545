import type { AddressPair, DhcpOption } from '../model/port.ts';
import type { StaticRoute } from '../model/router.ts';
import type { Ipv6Mode } from '../model/subnet.ts';

/** A network that this host carries. Id: the network's. */
export interface SegmentRow {
  readonly id: string;
  readonly vni: number;
  readonly mtu: number;
  readonly flood: 'none' | 'head-end';
}

/** An address of a port together with the subnet it is from. */
export interface RowAddress {
  readonly subnet: string;
  readonly ip: string;
}

/** A port bound to this host. Id: the port's. */
export interface PortRow {
  readonly id: string;
  readonly segment: string;
  /** Name of the device by which the workload is plugged. */
  readonly device: string;
  readonly mac: string;
  readonly addresses: readonly RowAddress[];
  readonly adminUp: boolean;
  readonly hostname: string;
  readonly dhcpOptions: readonly DhcpOption[];
  /** Null where port security is off: nothing that the workload sends or gets is checked. */
  readonly guard: PortGuard | null;
}

/** What a guarded port may send and get. Its own MAC with its own addresses is allowed without being named here. */
export interface PortGuard {
  /** Other pairs that the workload may send from; in the order of their text, so that equal guards are equal rows. */
  readonly pairs: readonly AddressPair[];
  /** Rows of `filters` that hold for it, sorted: what none of their rules allows is dropped. */
  readonly filters: readonly string[];
  /** Row of `firewalls` that must allow a packet too; null where there is none. */
  readonly firewall: string | null;
}

/** A port of a carried network on another host. Id: the port's. */
export interface RemoteRow {
  readonly id: string;
  readonly segment: string;
  readonly mac: string;
  readonly ips: readonly string[];
  /** Underlay address of the host that carries it. */
  readonly vtep: string;
  readonly hostname: string;
}

/** A tunnel end that gets a copy of every flooded frame of a segment. Id: "segment/vtep". */
export interface FloodRow {
  readonly id: string;
  readonly segment: string;
  readonly vtep: string;
}

/** A subnet of a carried network that is served by DHCP, router advertisements or both. Id: the subnet's. */
export interface SubnetRow {
  readonly id: string;
  readonly segment: string;
  readonly cidr: string;
  readonly gateway: string | null;
  readonly dnsServers: readonly string[];
  readonly routes: readonly { readonly destination: string; readonly nexthop: string }[];
  readonly raMode: Ipv6Mode;
  readonly addressMode: Ipv6Mode;
}

/** The DHCP and DNS server of a carried network: the same MAC and addresses on every host. Id: the network's. */
export interface DhcpServerRow {
  readonly id: string;
  readonly segment: string;
  readonly mac: string;
  readonly addresses: readonly RowAddress[];
  /** Domain of the names it answers, without the closing dot. */
  readonly domain: string;
}

/** A security group that a guarded port of this host has. Id: the group's. */
export interface FilterRow {
  readonly id: string;
  /** False: packets of flows that are open need a rule like any other. */
  readonly stateful: boolean;
  /** Sorted by id. Each allows what fits all of it. */
  readonly rules: readonly FilterRule[];
}

export interface FilterRule {
  readonly id: string;
  /** As seen from the port: "ingress" is what the workload gets. */
  readonly direction: 'ingress' | 'egress';
  readonly family: 4 | 6;
  /** IANA protocol number; null for any. */
  readonly protocol: number | null;
  /** Destination ports, both inclusive; of ICMP type and code. Null fits any; "max" of ICMP may be null beside a "min". */
  readonly min: number | null;
  readonly max: number | null;
  /** The other end. */
  readonly remote: FilterRemote;
}

export type FilterRemote =
  | { readonly kind: 'any' }
  | { readonly kind: 'prefix'; readonly prefix: string }
  /** Any prefix of the rows of `addressSets` with this `set`. */
  | { readonly kind: 'set'; readonly set: string };

/**
 * One member of a set of addresses that a filter of this host names: a port of a security group with its addresses, or an entry of an
 * address group. Id: "set/member".
 */
export interface AddressSetRow {
  readonly id: string;
  /** Id of the security group or address group. */
  readonly set: string;
  /** Canonical prefixes of both families; "10.0.0.5/32" for one address. */
  readonly prefixes: readonly string[];
}

/** A firewall group of which a guarded port of this host is a member. Id: the group's. */
export interface FirewallRow {
  readonly id: string;
  /** First match decides; nothing matching is denied. */
  readonly ingress: readonly FirewallRule[];
  readonly egress: readonly FirewallRule[];
}

export interface FirewallRule {
  readonly id: string;
  readonly action: 'allow' | 'deny' | 'reject';
  readonly family: 4 | 6;
  readonly protocol: number | null;
  /** Canonical prefixes, null for any. */
  readonly source: string | null;
  readonly destination: string | null;
  /** Inclusive, null for any. */
  readonly sourcePorts: readonly [number, number] | null;
  readonly destinationPorts: readonly [number, number] | null;
}

/** A router of networks that this host carries. Every host that carries one of them carries all, and routes by itself. Id: the router's. */
export interface RouterRow {
  readonly id: string;
  /** Sorted by port. */
  readonly interfaces: readonly RouterInterface[];
  readonly routes: readonly StaticRoute[];
}

/** The router's place on a network: the same MAC and addresses on every host. */
export interface RouterInterface {
  /** Id of its port. */
  readonly port: string;
  readonly segment: string;
  readonly mac: string;
  /** With the length of the subnet's prefix: "10.0.0.1/24". */
  readonly addresses: readonly string[];
  /** Whether it tells IPv6 hosts of the network that it is their router (RFC 4861, section 6.2). */
  readonly advertises: boolean;
}

/**
 * How what leaves a router's networks gets to the host that has its gateway: over one of the networks, to a MAC that only the router there
 * answers to.
 */
export interface Transit {
  readonly segment: string;
  readonly mac: string;
}

/** The gateway of a router, on this host: what leaves its networks on any host goes out here. Id: the router's. */
export interface GatewayRow {
  readonly id: string;
  readonly interface: RouterInterface;
  /** Routers of the external network, one of each family at most. */
  readonly nexthops: readonly string[];
  readonly snat: boolean;
  /** Null while the router joins nothing. */
  readonly transit: Transit | null;
}

/** A router's gateway that is on another host. Id: the router's. */
export interface UplinkRow {
  readonly id: string;
  readonly transit: Transit;
  /** Underlay address of that host. */
  readonly vtep: string;
}

/** A floating IP of a router whose gateway is on this host. Id: the floating IP's. */
export interface FloatingIpRow {
  readonly id: string;
  readonly router: string;
  readonly address: string;
  /** The address that it stands for. */
  readonly fixed: string;
}

/** What is to be told of a guarded port of this host. Id: "log/port". */
export interface LogRow {
  readonly id: string;
  /** That of the port. */
  readonly segment: string;
  /** Id of the log that wants it. */
  readonly log: string;
  readonly port: string;
  /** Flows that are let through, packets that are dropped, or both. */
  readonly event: 'ACCEPT' | 'DROP' | 'ALL';
  /** Row of `filters`: of flows that are let through only those that its rules let through; null for any. */
  readonly filter: string | null;
}

/** Row type of every table of a host view: the contract between controller and agent. */
export interface TableRows {
  readonly segments: SegmentRow;
  readonly ports: PortRow;
  readonly remotes: RemoteRow;
  readonly floods: FloodRow;
  readonly subnets: SubnetRow;
  readonly dhcpServers: DhcpServerRow;
  readonly filters: FilterRow;
  readonly addressSets: AddressSetRow;
  readonly firewalls: FirewallRow;
  readonly logs: LogRow;
  readonly routers: RouterRow;
  readonly gateways: GatewayRow;
  readonly uplinks: UplinkRow;
  readonly floatingIps: FloatingIpRow;
}

export type TableName = keyof TableRows;

export const TABLE_NAMES = [
  'segments',
  'ports',
  'remotes',
  'floods',
  'subnets',
  'dhcpServers',
  'filters',
  'addressSets',
  'firewalls',
  'logs',
  'routers',
  'gateways',
  'uplinks',
  'floatingIps',
] as const satisfies readonly TableName[];

/** What one host must do, as plain rows by table and id. */
export type HostTables = { readonly [T in TableName]: ReadonlyMap<string, TableRows[T]> };

/** Rows to put and ids to drop, by table; absent tables are unchanged. */
export type TablesDelta = {
  readonly [T in TableName]?: { readonly upserts: readonly TableRows[T][]; readonly deletes: readonly string[] };
};
