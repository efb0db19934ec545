import {
  type DhcpServerRow,
  type FloodRow,
  type PortRow,
  type RemoteRow,
  type RowAddress,
  type SegmentRow,
  type SubnetRow,
  TABLE_NAMES,
  type TableRows,
  type TablesDelta,
} from '@netloom/core/tables/host-tables';
import type { WireTables } from './messages.ts';
import { flag, integer, listOf, object, oneOf, orNull, type Shape, text } from './shape.ts';

/** More rows of one table than any host view holds: one bound for every list of rows. */
const MAX_ROWS = 1_000_000;
const MAX_PARTS = 1_000;

const id = text(255);
const name = text(255);
const ip = text(45);
const mode = oneOf('slaac', 'dhcpv6-stateless', 'dhcpv6-stateful', null);
const addresses = listOf(object<RowAddress>({ subnet: id, ip }), MAX_PARTS);

const ROWS: { readonly [T in keyof TableRows]: Shape<TableRows[T]> } = {
  segments: object<SegmentRow>({
    id,
    vni: integer(1, 16_777_215),
    mtu: integer(68, 65_535),
    flood: oneOf('none', 'head-end'),
  }),
  ports: object<PortRow>({
    id,
    segment: id,
    device: name,
    mac: text(17),
    addresses,
    adminUp: flag,
    hostname: name,
    dhcpOptions: listOf(object({ name, value: text(4096), family: oneOf(4, 6) }), MAX_PARTS),
  }),
  remotes: object<RemoteRow>({ id, segment: id, mac: text(17), ips: listOf(ip, MAX_PARTS), vtep: ip, hostname: name }),
  floods: object<FloodRow>({ id, segment: id, vtep: ip }),
  subnets: object<SubnetRow>({
    id,
    segment: id,
    cidr: text(49),
    gateway: orNull(ip),
    dnsServers: listOf(ip, MAX_PARTS),
    routes: listOf(object({ destination: text(49), nexthop: ip }), MAX_PARTS),
    raMode: mode,
    addressMode: mode,
  }),
  dhcpServers: object<DhcpServerRow>({ id, segment: id, mac: text(17), addresses, domain: name }),
};

const deletes = listOf(id, MAX_ROWS);

function byTable<T extends object>(shapeOf: (rows: Shape<never>) => Shape<unknown>, optional: boolean): Shape<T> {
  const shapes = Object.fromEntries(TABLE_NAMES.map((table) => [table, shapeOf(ROWS[table] as Shape<never>)]));
  return object(shapes, optional ? TABLE_NAMES : []) as unknown as Shape<T>;
}

export const tablesShape = byTable<WireTables>((row) => listOf(row, MAX_ROWS), false);

export const deltaShape = byTable<TablesDelta>((row) => object({ upserts: listOf(row, MAX_ROWS), deletes }), true);
