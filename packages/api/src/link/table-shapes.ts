import type { AddressPair } from '@netloom/core/model/port';
import {
  type AddressSetRow,
  type DhcpServerRow,
  type FilterRemote,
  type FilterRow,
  type FilterRule,
  type FirewallRow,
  type FirewallRule,
  type FloatingIpRow,
  type FloodRow,
  type GatewayRow,
  type LogRow,
  type PortGuard,
  type PortRow,
  type RemoteRow,
  type RouterInterface,
  type RouterRow,
  type RowAddress,
  type SegmentRow,
  type SubnetRow,
  TABLE_NAMES,
  type TableRows,
  type TablesDelta,
  type Transit,
  type UplinkRow,
} from '@netloom/core/tables/host-tables';
import type { WireTables } from './messages.ts';
import { flag, integer, listOf, object, oneOf, orNull, pairOf, type Shape, text, variantOf } from './shape.ts';

/** More rows of one table than any host view holds: one bound for every list of rows. */
const MAX_ROWS = 1_000_000;
const MAX_PARTS = 1_000;
/** Of one router. */
const MAX_ROUTES = 10_000;
/** Of one filter or firewall. */
const MAX_RULES = 100_000;

const id = text(255);
const name = text(255);
const ip = text(45);
const prefix = text(49);
const mode = oneOf('slaac', 'dhcpv6-stateless', 'dhcpv6-stateful', null);
const addresses = listOf(object<RowAddress>({ subnet: id, ip }), MAX_PARTS);

const family = oneOf(4, 6);
const protocol = orNull(integer(0, 255));
const number = integer(0, 65_535);

const guard = object<PortGuard>({
  pairs: listOf(object<AddressPair>({ mac: text(17), prefix }), MAX_PARTS),
  filters: listOf(id, MAX_PARTS),
  firewall: orNull(id),
});

const remote = variantOf<FilterRemote>('kind', {
  any: object({ kind: oneOf('any') }),
  prefix: object({ kind: oneOf('prefix'), prefix }),
  set: object({ kind: oneOf('set'), set: id }),
});

const filterRule = object<FilterRule>({
  id,
  direction: oneOf('ingress', 'egress'),
  family,
  protocol,
  min: orNull(number),
  max: orNull(number),
  remote,
});

const portRange = orNull(pairOf(number));

const firewallRule = object<FirewallRule>({
  id,
  action: oneOf('allow', 'deny', 'reject'),
  family,
  protocol,
  source: orNull(prefix),
  destination: orNull(prefix),
  sourcePorts: portRange,
  destinationPorts: portRange,
});

const route = object({ destination: prefix, nexthop: ip });

const routerInterface = object<RouterInterface>({
  port: id,
  segment: id,
  mac: text(17),
  addresses: listOf(prefix, MAX_PARTS),
  advertises: flag,
});

const transit = object<Transit>({ segment: id, mac: text(17) });

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
    guard: orNull(guard),
  }),
  remotes: object<RemoteRow>({ id, segment: id, mac: text(17), ips: listOf(ip, MAX_PARTS), vtep: ip, hostname: name }),
  floods: object<FloodRow>({ id, segment: id, vtep: ip }),
  subnets: object<SubnetRow>({
    id,
    segment: id,
    cidr: prefix,
    gateway: orNull(ip),
    dnsServers: listOf(ip, MAX_PARTS),
    routes: listOf(route, MAX_PARTS),
    raMode: mode,
    addressMode: mode,
  }),
  dhcpServers: object<DhcpServerRow>({ id, segment: id, mac: text(17), addresses, domain: name }),
  filters: object<FilterRow>({ id, stateful: flag, rules: listOf(filterRule, MAX_RULES) }),
  addressSets: object<AddressSetRow>({ id, set: id, prefixes: listOf(prefix, MAX_PARTS) }),
  firewalls: object<FirewallRow>({
    id,
    ingress: listOf(firewallRule, MAX_RULES),
    egress: listOf(firewallRule, MAX_RULES),
  }),
  logs: object<LogRow>({
    id,
    segment: id,
    log: id,
    port: id,
    event: oneOf('ACCEPT', 'DROP', 'ALL'),
    filter: orNull(id),
  }),
  routers: object<RouterRow>({
    id,
    interfaces: listOf(routerInterface, MAX_PARTS),
    routes: listOf(route, MAX_ROUTES),
  }),
  gateways: object<GatewayRow>({
    id,
    interface: routerInterface,
    nexthops: listOf(ip, 2),
    snat: flag,
    transit: orNull(transit),
  }),
  uplinks: object<UplinkRow>({ id, transit, vtep: ip }),
  floatingIps: object<FloatingIpRow>({ id, router: id, address: ip, fixed: ip }),
};

const deletes = listOf(id, MAX_ROWS);

function byTable<T extends object>(shapeOf: (rows: Shape<never>) => Shape<unknown>, optional: boolean): Shape<T> {
  const shapes = Object.fromEntries(TABLE_NAMES.map((table) => [table, shapeOf(ROWS[table] as Shape<never>)]));
  return object(shapes, optional ? TABLE_NAMES : []) as unknown as Shape<T>;
}

export const tablesShape = byTable<WireTables>((row) => listOf(row, MAX_ROWS), false);

export const deltaShape = byTable<TablesDelta>((row) => object({ upserts: listOf(row, MAX_ROWS), deletes }), true);
