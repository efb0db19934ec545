import { applyDelta, emptyTables } from '@netloom/core/tables/apply-delta';
import type {
  AddressSetRow,
  FilterRow,
  FilterRule,
  FirewallRow,
  FirewallRule,
  FloatingIpRow,
  FloodRow,
  GatewayRow,
  HostTables,
  LogRow,
  PortGuard,
  PortRow,
  RemoteRow,
  RouterInterface,
  RouterRow,
  SegmentRow,
  UplinkRow,
} from '@netloom/core/tables/host-tables';

export const EMPTY_TABLES = emptyTables();

/** Rows as tables. */
export function tablesOf(rows: {
  readonly segments?: readonly SegmentRow[];
  readonly ports?: readonly PortRow[];
  readonly remotes?: readonly RemoteRow[];
  readonly floods?: readonly FloodRow[];
  readonly filters?: readonly FilterRow[];
  readonly addressSets?: readonly AddressSetRow[];
  readonly firewalls?: readonly FirewallRow[];
  readonly logs?: readonly LogRow[];
  readonly routers?: readonly RouterRow[];
  readonly gateways?: readonly GatewayRow[];
  readonly uplinks?: readonly UplinkRow[];
  readonly floatingIps?: readonly FloatingIpRow[];
}): HostTables {
  return applyDelta(
    EMPTY_TABLES,
    Object.fromEntries(Object.entries(rows).map(([table, upserts]) => [table, { upserts, deletes: [] }])),
  );
}

export function segmentRow(id: string, vni: number, change: Partial<SegmentRow> = {}): SegmentRow {
  return { id, vni, mtu: 1450, flood: 'none', ...change };
}

/** Workload number `n` (1 to 99) of a segment, here; the same number is the same workload in `remoteRow`. */
export function portRow(segment: string, n: number, change: Partial<PortRow> = {}): PortRow {
  return {
    id: `p${n}`,
    segment,
    device: `tap${n}`,
    mac: macOf(n),
    addresses: ipsOf(n).map((ip, i) => ({ subnet: `s${i}`, ip })),
    adminUp: true,
    hostname: `w${n}`,
    dhcpOptions: [],
    guard: null,
    ...change,
  };
}

/** Workload number `n` of a segment, on the host behind `vtep`. */
export function remoteRow(segment: string, n: number, vtep: string): RemoteRow {
  return { id: `p${n}`, segment, mac: macOf(n), ips: ipsOf(n), vtep, hostname: `w${n}` };
}

export function floodRow(segment: string, vtep: string): FloodRow {
  return { id: `${segment}/${vtep}`, segment, vtep };
}

export function portGuard(filters: readonly string[], change: Partial<PortGuard> = {}): PortGuard {
  return { pairs: [], filters, firewall: null, ...change };
}

/** A rule that allows all of a direction and family, but for what `change` says. */
export function filterRule(
  id: string,
  direction: FilterRule['direction'],
  change: Partial<FilterRule> = {},
): FilterRule {
  return { id, direction, family: 4, protocol: null, min: null, max: null, remote: { kind: 'any' }, ...change };
}

/** The rules of a project's default group: out to all, in from its own members. */
export function defaultRules(group: string): FilterRule[] {
  const remote = { kind: 'set', set: group } as const;
  return [
    filterRule(`${group}-out4`, 'egress'),
    filterRule(`${group}-out6`, 'egress', { family: 6 }),
    filterRule(`${group}-in4`, 'ingress', { remote }),
    filterRule(`${group}-in6`, 'ingress', { family: 6, remote }),
  ];
}

export function filterRow(id: string, rules: readonly FilterRule[], change: Partial<FilterRow> = {}): FilterRow {
  return { id, stateful: true, rules, ...change };
}

/** Workload number `n` as a member of a set. */
export function memberRow(set: string, n: number): AddressSetRow {
  return { id: `${set}/p${n}`, set, prefixes: ipsOf(n).map((ip) => `${ip}/${ip.includes(':') ? 128 : 32}`) };
}

/** A router with an interface on each of some segments, and a route over the first. */
export function routerRow(id: string, segments: readonly string[]): RouterRow {
  const interfaces = segments.map((segment): RouterInterface => {
    const n = 1 + 'abc'.indexOf(segment);
    const addresses = [`10.0.${n}.1/24`, `fd00:${n}::1/64`];
    return { port: `${id}-${segment}`, segment, mac: `fa:16:3f:00:00:0${n}`, addresses, advertises: segment === 'b' };
  });
  const nexthop = `10.0.${1 + 'abc'.indexOf(segments[0] ?? '')}.9`;
  return { id, interfaces, routes: [{ destination: '203.0.113.0/24', nexthop }] };
}

/** What is to be logged of workload number `n`. */
export function logRow(segment: string, n: number, change: Partial<LogRow> = {}): LogRow {
  return { id: `log/p${n}`, segment, log: 'log', port: `p${n}`, event: 'ALL', filter: null, ...change };
}

/** A rule of a firewall that says `action` to all, but for what `change` says. */
export function firewallRule(
  id: string,
  action: FirewallRule['action'],
  change: Partial<FirewallRule> = {},
): FirewallRule {
  const any = { protocol: null, source: null, destination: null, sourcePorts: null, destinationPorts: null };
  return { id, action, family: 4, ...any, ...change };
}

export function macOf(n: number): string {
  return `fa:16:3e:00:00:${n.toString(16).padStart(2, '0')}`;
}

export function ipsOf(n: number): string[] {
  return [`10.0.0.${n}`, `fd00::${n.toString(16)}`];
}

/** Security of the sample: a group of each sort, a remote group with addresses and a prefix, a firewall. */
const SAMPLE_SECURITY = {
  filters: [
    filterRow('g1', defaultRules('g1')),
    filterRow('g2', [filterRule('g2-web', 'ingress', { protocol: 6, min: 80, max: 90 })], { stateful: false }),
  ],
  addressSets: [
    memberRow('g1', 1),
    memberRow('g1', 2),
    { id: 'g1/p9', set: 'g1', prefixes: ['10.1.0.0/16', '10.1.2.0/24', 'fd01::/64'] },
  ],
  firewalls: [
    {
      id: 'w1',
      ingress: [
        firewallRule('w1-no', 'reject', { protocol: 6, destinationPorts: [22, 22] }),
        firewallRule('w1-yes', 'allow'),
      ],
      egress: [firewallRule('w1-out', 'allow')],
    },
  ],
} as const;

const SAMPLE_GUARDS: readonly (PortGuard | null)[] = [
  null,
  portGuard(['g1'], { pairs: [{ mac: macOf(1), prefix: '10.0.9.0/24' }], firewall: 'w1' }),
  portGuard(['g1', 'g2']),
  portGuard([]),
];

/**
 * A view with every kind of row: a segment without flooding, one with, workloads here (1 and 3 up, 2 down; 1 and 2 guarded) and
 * elsewhere, a router between the two.
 */
export function sampleTables(): HostTables {
  return tablesOf({
    segments: [segmentRow('a', 5001), segmentRow('b', 5002, { mtu: 1400, flood: 'head-end' })],
    ports: [
      portRow('a', 1, { guard: SAMPLE_GUARDS[1] ?? null }),
      portRow('a', 2, { adminUp: false, guard: SAMPLE_GUARDS[2] ?? null }),
      portRow('b', 3),
    ],
    remotes: [
      remoteRow('a', 11, '198.51.100.2'),
      remoteRow('a', 12, '198.51.100.3'),
      remoteRow('b', 13, '198.51.100.2'),
    ],
    floods: [floodRow('b', '198.51.100.2'), floodRow('b', '198.51.100.3')],
    ...SAMPLE_SECURITY,
    routers: [routerRow('r1', ['a', 'b'])],
  });
}

/** Devices of the sample's workloads. */
export const SAMPLE_DEVICES = ['tap1', 'tap2', 'tap3'];

/** Views at random, the same for the same seed. Workloads 1 to 6 are here, elsewhere or nowhere, each always on the same segment. */
export function randomTables(random: () => number): HostTables {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const segments = ['a', 'b', 'c']
    .map((id, i) => segmentRow(id, 5001 + i, { mtu: pick([1400, 1450]), flood: pick(['none', 'none', 'head-end']) }))
    .filter(() => random() < 0.8);
  const vteps = ['198.51.100.2', '198.51.100.3'];
  const ports: PortRow[] = [];
  const remotes: RemoteRow[] = [];
  for (let n = 1; n <= 6; n++) {
    const segment = segments.find(({ id }) => id === 'abc'[n % 3]);
    const fate = pick(['here', 'here', 'there', 'nowhere']);
    if (segment === undefined || fate === 'nowhere') continue;
    if (fate === 'here') ports.push(portRow(segment.id, n, { adminUp: random() < 0.8, guard: pick(SAMPLE_GUARDS) }));
    else remotes.push(remoteRow(segment.id, n, pick(vteps)));
  }
  const floods = segments.flatMap(({ id, flood }) =>
    flood === 'none' ? [] : vteps.filter(() => random() < 0.7).map((vtep) => floodRow(id, vtep)),
  );
  const { filters, firewalls, addressSets } = SAMPLE_SECURITY;
  const security = {
    // Of the first group now one rule, now another is missing.
    filters: filters.map((row) => ({ ...row, rules: row.rules.filter(() => random() < 0.8) })),
    addressSets: addressSets.filter(() => random() < 0.7),
    firewalls: firewalls.filter(() => random() < 0.8),
  };
  const joined = segments.map(({ id }) => id).filter(() => random() < 0.7);
  const routers = random() < 0.7 ? [routerRow('r1', joined)] : [];
  return tablesOf({ segments, ports, remotes, floods, routers, ...security });
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
