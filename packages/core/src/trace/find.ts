import { hostPrefix } from '../net/prefix.ts';
import type { DhcpServerRow, HostTables, PortRow, RemoteRow } from '../tables/host-tables.ts';
import type { Target } from './packet.ts';

/** The row of a segment that answers to a target, in each table where one can stand. */
export function findPort(tables: HostTables, segment: string, target: Target): PortRow | undefined {
  return find(tables.ports, (row) => row.segment === segment && answers(row.mac, ipsOf(row), target));
}

export function findRemote(tables: HostTables, segment: string, target: Target): RemoteRow | undefined {
  return find(tables.remotes, (row) => row.segment === segment && answers(row.mac, row.ips, target));
}

export function findServer(tables: HostTables, segment: string, target: Target): DhcpServerRow | undefined {
  const row = tables.dhcpServers.get(segment);
  return row && answers(row.mac, ipsOf(row), target) ? row : undefined;
}

/** A port whose workload may have an address by an allowed pair for it alone: the workload answers for it, not its host. */
export function findByPair(tables: HostTables, segment: string, target: Target): PortRow | undefined {
  if (target.kind === 'mac') return undefined;
  return find(tables.ports, (row) => row.segment === segment && row.adminUp && hasByPair(row, target.text));
}

/** Whether the workload of a port has an address: one of the port's, or one that an allowed pair is for alone. */
export function mayHave(row: PortRow, ip: string): boolean {
  return ipsOf(row).includes(ip) || hasByPair(row, ip);
}

function hasByPair({ mac, guard }: PortRow, ip: string): boolean {
  return guard?.pairs.some((pair) => pair.mac === mac && pair.prefix === hostPrefix(ip)) ?? false;
}

export function ipsOf(row: PortRow | DhcpServerRow | RemoteRow): readonly string[] {
  return 'ips' in row ? row.ips : row.addresses.map(({ ip }) => ip);
}

function answers(mac: string, ips: readonly string[], target: Target): boolean {
  return target.kind === 'mac' ? mac === target.text : ips.includes(target.text);
}

function find<Row>(rows: ReadonlyMap<string, Row>, fits: (row: Row) => boolean): Row | undefined {
  return rows.values().find(fits);
}
