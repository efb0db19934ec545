import { type Items, itemsOf } from '@netloom/core/delta/items';
import type {
  AddressSetRow,
  FilterRow,
  FirewallRow,
  HostTables,
  PortGuard,
  PortRow,
  SegmentRow,
} from '@netloom/core/tables/host-tables';
import { addressSetItem, makeMembersRenderer } from './address-set-items.ts';
import { baseSpec } from './base-text.ts';
import { filterItem, firewallItem } from './filter-items.ts';
import { gatewayGuardItem, guardedPortItem, openPortItem, routerGuardItems, segmentGuardItem } from './guard-items.ts';
import { type NftItem, nftItem } from './nft-item.ts';
import { LOGGING, type Policy, policyItem, policyMarks, policyOf } from './policy-items.ts';
import { portLogs } from './port-log.ts';
import type { FirewallAbility } from './rule-text.ts';

/** Conntrack's zones are numbers of 16 bits (nf_conntrack_zones); 0 is everybody's. */
const ZONES = 65_535;

/** On a host that cannot filter: what every guarded port lacks, and nothing about the others. */
export function unguardable({ ports, segments }: HostTables): Items {
  const guarded = ports.values().filter((port) => port.guard !== null && segments.has(port.segment));
  return itemsOf(guarded.map((port) => nftItem('portGuard', port.device, { owners: [`ports/${port.id}`] })));
}

/** The ruleset of a host that has a guarded port; none at all otherwise. Items of rows that did not change are the same objects as before. */
export function makeFilterRenderer({ canReset }: FirewallAbility): (tables: HostTables) => Items {
  const perFilter = memoized(filterItem);
  const perFirewall = memoized((row: FirewallRow) => firewallItem(row, { canReset }));
  const perOpenPort = memoized(openPortItem);
  const perRouter = memoized(routerGuardItems);
  const perGateway = memoized(gatewayGuardItem);
  const guarded = new WeakMap<PortRow, { readonly mark: number; readonly item: NftItem }>();
  const zoned = new WeakMap<SegmentRow, { readonly zone: number; readonly item: NftItem }>();
  const policies = new Map<string, { readonly mark: number; readonly firewall: boolean; readonly item: NftItem }>();
  const sets = makeSetRenderer();

  const portItem = (port: PortRow, guard: PortGuard, mark: number): NftItem => {
    const known = guarded.get(port);
    if (known?.mark === mark) return known.item;
    const item = guardedPortItem(port, guard, mark);
    guarded.set(port, { mark, item });
    return item;
  };
  const segmentItem = (segment: SegmentRow, zone: number): NftItem => {
    const known = zoned.get(segment);
    if (known && known.zone === zone) return known.item;
    const item = segmentGuardItem(segment, zone);
    zoned.set(segment, { zone, item });
    return item;
  };
  const policyOnce = (policy: Policy, mark: number, tables: HostTables): NftItem => {
    const firewall = policy.firewall !== null && tables.firewalls.has(policy.firewall);
    const known = policies.get(policy.key);
    if (known && known.mark === mark && known.firewall === firewall) return known.item;
    const item = policyItem(policy, mark, tables);
    // What is logged is told by rules, which may change while the policy is the same.
    if (policy.log === undefined) policies.set(policy.key, { mark, firewall, item });
    return item;
  };

  return (tables) => {
    const ports = [...tables.ports.values()].filter((port) => tables.segments.has(port.segment));
    if (!ports.some((port) => port.guard !== null)) return new Map();
    const logs = portLogs(tables);
    const policyKeys = new Map<string, Policy>();
    const policyFor = (guard: PortGuard, port: string): Policy => {
      const log = logs.get(port);
      const content = `${guard.filters.join(' ')} ${guard.firewall ?? ''} ${log === undefined ? '' : port}`;
      const policy = policyKeys.get(content) ?? policyOf(guard, log, tables);
      policyKeys.set(content, policy);
      return policy;
    };
    for (const { id, guard } of ports) if (guard !== null) policyFor(guard, id);
    const used = new Map([...policyKeys.values()].map((policy) => [policy.key, policy]));
    const marks = policyMarks(used.keys());
    const markOf = (guard: PortGuard, port: string): number => marks.get(policyFor(guard, port).key) ?? 0;
    for (const key of policies.keys()) if (!used.has(key)) policies.delete(key);
    const zones = zonesOf([...tables.segments.values()].map(({ vni }) => vni));
    const filters = [...tables.filters.values()];
    return itemsOf([
      RULESET,
      ...sets(tables.addressSets, filters),
      ...filters.map(perFilter),
      ...[...tables.firewalls.values()].map(perFirewall),
      ...(logs.size > 0 ? [LOGGING] : []),
      ...used.values().map((policy) => policyOnce(policy, marks.get(policy.key) ?? 0, tables)),
      ...tables.segments.values().map((row) => segmentItem(row, zones.get(row.vni) ?? 0)),
      ...ports.map((port) =>
        port.guard === null ? perOpenPort(port) : portItem(port, port.guard, markOf(port.guard, port.id)),
      ),
      ...tables.routers.values().flatMap(perRouter),
      ...tables.gateways.values().map(perGateway),
    ]);
  };
}

const RULESET: NftItem = { kind: 'ruleset', key: 'base', spec: baseSpec(), rules: {}, owners: [] };

function memoized<Row extends object, Rendered>(render: (row: Row) => Rendered): (row: Row) => Rendered {
  const known = new WeakMap<Row, Rendered>();
  return (row) => {
    const item = known.get(row) ?? render(row);
    known.set(row, item);
    return item;
  };
}

/** One set for each that a rule names, also while it has no members. */
function makeSetRenderer(): (rows: HostTables['addressSets'], filters: readonly FilterRow[]) => NftItem[] {
  let groups = new Map<string, AddressSetRow[]>();
  let grouped: HostTables['addressSets'] | undefined;
  let members: NftItem[] = [];
  const declared = new Map<string, NftItem>();
  const renderMembers = makeMembersRenderer();
  return (rows, filters) => {
    if (grouped !== rows) {
      groups = Map.groupBy(rows.values(), ({ set }) => set);
      members = [...groups].flatMap(([id, list]) => renderMembers(id, list));
      grouped = rows;
    }
    const ids = new Set(groups.keys());
    for (const { rules } of filters) for (const { remote } of rules) if (remote.kind === 'set') ids.add(remote.set);
    for (const id of ids) if (!declared.has(id)) declared.set(id, addressSetItem(id));
    return [...Array.from(ids, (id) => declared.get(id)).filter((item) => item !== undefined), ...members];
  };
}

/** A zone for each network, by its VNI, which nearly always is small enough. */
function zonesOf(vnis: readonly number[]): Map<number, number> {
  const zones = new Map<number, number>();
  const taken = new Set<number>();
  for (const vni of [...vnis].sort((a, b) => a - b)) {
    let zone = ((vni - 1) % ZONES) + 1;
    while (taken.has(zone) && taken.size < ZONES) zone = (zone % ZONES) + 1;
    taken.add(zone);
    zones.set(vni, zone);
  }
  return zones;
}
