import type { DhcpOption } from '../model/port.ts';
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

/** Row type of every table of a host view: the contract between controller and agent. */
export interface TableRows {
  readonly segments: SegmentRow;
  readonly ports: PortRow;
  readonly remotes: RemoteRow;
  readonly floods: FloodRow;
  readonly subnets: SubnetRow;
  readonly dhcpServers: DhcpServerRow;
}

export type TableName = keyof TableRows;

export const TABLE_NAMES = [
  'segments',
  'ports',
  'remotes',
  'floods',
  'subnets',
  'dhcpServers',
] as const satisfies readonly TableName[];

/** What one host must do, as plain rows by table and id. */
export type HostTables = { readonly [T in TableName]: ReadonlyMap<string, TableRows[T]> };

/** Rows to put and ids to drop, by table; absent tables are unchanged. */
export type TablesDelta = {
  readonly [T in TableName]?: { readonly upserts: readonly TableRows[T][]; readonly deletes: readonly string[] };
};
