import type { AddressGroupEntry } from '@netloom/core/model/address-group';
import type { Change, Kind, ModelKinds } from '@netloom/core/model/change';
import type {
  FirewallGroup,
  FirewallGroupPort,
  FirewallPolicy,
  FirewallPolicyRule,
} from '@netloom/core/model/firewall';
import type { Network } from '@netloom/core/model/network';
import type { AddressPair, Port } from '@netloom/core/model/port';
import type { RuleRemote, SecurityGroup, SecurityGroupRule } from '@netloom/core/model/security-group';
import type { PolicyModel } from '@netloom/core/plan/flow-planner';
import { network, port } from '../compile/objects.ts';
import type { Prng } from '../prng.ts';

/*
 * A world so small that everything in it can be tried: what rules, pairs and groups name lies inside 10.0.0.0/30 and fd00::/127, or is
 * all there is, so that one address outside stands for all the others; and the same with ports and ICMP types.
 */

export const ADDRESSES = {
  4: ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3', '192.0.2.1'],
  6: ['fd00::', 'fd00::1', '2001:db8::1'],
} as const;

const PREFIXES = {
  4: ['10.0.0.0/30', '10.0.0.0/31', '10.0.0.2/31', '10.0.0.1/32', '10.0.0.2/32', '0.0.0.0/0'],
  6: ['fd00::/127', 'fd00::/128', 'fd00::1/128', '::/0'],
} as const;

/** Numbers that rules have as ports or as ICMP types and codes. */
const EDGES = [0, 1, 80, 255, 65_534, 65_535];
const ICMP_EDGES = [0, 8, 255];

/** Protocol, then a port or a type and a code, then the source port. */
export type TriedPacket = readonly [protocol: number, first: number, second: number, source: number | null];

/** At the edges of what rules have, beside them, and between them. */
export const PACKETS: readonly TriedPacket[] = [
  ...[6, 17].flatMap((protocol) => [
    ...[0, 1, 2, 79, 80, 81, 254, 255, 256, 65_533, 65_534, 65_535].map((port) => [protocol, port, 0, 40_000] as const),
    ...[0, 1, 79, 80, 81, 255, 65_534, 65_535].flatMap((source) =>
      [0, 80, 300].map((port) => [protocol, port, 0, source] as const),
    ),
  ]),
  ...[1, 58].flatMap((protocol) =>
    [0, 1, 8, 254, 255].flatMap((type) => [0, 1, 8, 255].map((code) => [protocol, type, code, null] as const)),
  ),
  [0, 0, 0, null],
  [47, 0, 0, null],
  [255, 0, 0, null],
];

const NETWORKS = ['n1', 'n2'];
const GROUPS = ['g1', 'g2', 'g3'];
const ADDRESS_GROUPS = ['a1', 'a2'];
const FIREWALLS = ['f1', 'f2'];
const POLICIES = ['q1', 'q2', 'q3'];
const FIREWALL_RULES = ['w1', 'w2', 'w3', 'w4', 'w5'];

const IDS: readonly (readonly [Kind, readonly string[]])[] = [
  ['network', NETWORKS],
  ['port', ['p1', 'p2', 'p3', 'p4', 'p5']],
  ['securityGroup', GROUPS],
  ['securityGroupRule', ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8']],
  ['addressGroupEntry', ['a1/1', 'a1/2', 'a2/1']],
  ['firewallGroup', FIREWALLS],
  // Ids of ports.
  ['firewallGroupPort', ['p1', 'p2', 'p3']],
  ['firewallPolicy', POLICIES],
  ['firewallRule', FIREWALL_RULES],
];

const MAKERS: { readonly [K in Kind]?: (id: string, random: Prng) => ModelKinds[K] } = {
  network: (id, random): Network => network(id, { adminStateUp: random.chance(0.95) }),
  port: randomPort,
  securityGroup: (id, random): SecurityGroup => ({ id, projectId: 'p', name: id, stateful: random.chance(0.5) }),
  securityGroupRule: randomRule,
  addressGroupEntry: (id, random): AddressGroupEntry => ({
    id,
    groupId: id.slice(0, 2),
    prefix: random.pick([...PREFIXES[4], ...PREFIXES[6]]),
  }),
  firewallGroup: (id, random): FirewallGroup => ({
    id,
    adminStateUp: random.chance(0.9),
    ingressPolicy: random.pick([null, ...POLICIES, ...POLICIES, 'unknown']),
    egressPolicy: random.pick([null, ...POLICIES, ...POLICIES, ...POLICIES]),
  }),
  firewallGroupPort: (id, random): FirewallGroupPort => ({
    id,
    groupId: random.pick([...FIREWALLS, ...FIREWALLS, 'unknown']),
  }),
  firewallPolicy: (id, random): FirewallPolicy => ({
    id,
    rules: Array.from({ length: random.below(5) }, () => random.pick(FIREWALL_RULES)),
  }),
  firewallRule: randomFirewallRule,
};

export function randomPolicy(random: Prng): PolicyModel {
  const of = <K extends Kind>(kind: K, probability: number): ModelKinds[K][] =>
    idsOf(kind).flatMap((id) => (random.chance(probability) ? [made(kind, id, random)] : []));
  return {
    networks: of('network', 0.97),
    ports: of('port', 0.8),
    securityGroups: of('securityGroup', 0.97),
    securityGroupRules: of('securityGroupRule', 0.7),
    addressGroupEntries: of('addressGroupEntry', 0.7),
    firewallGroups: of('firewallGroup', 0.9),
    // What firewalls close shows nothing of security groups: many worlds have none.
    firewallGroupPorts: random.chance(0.5) ? of('firewallGroupPort', 0.6) : [],
    firewallPolicies: of('firewallPolicy', 0.9),
    firewallRules: of('firewallRule', 0.9),
  };
}

/** One change as a rule, sometimes several, sometimes everything anew. */
export function randomChanges(random: Prng): Change[] {
  const count = random.chance(0.6) ? 1 : random.chance(0.8) ? 2 + random.below(3) : 20;
  return Array.from({ length: count }, () => {
    const kind = random.pick<Kind>([
      'port',
      'port',
      'securityGroupRule',
      'securityGroupRule',
      'addressGroupEntry',
      'network',
      'securityGroup',
      'firewallGroup',
      'firewallGroupPort',
      'firewallPolicy',
      'firewallRule',
    ]);
    const id = random.pick(idsOf(kind));
    return { kind, id, object: random.chance(0.3) ? null : made(kind, id, random) } as Change;
  });
}

export function changed(model: PolicyModel, changes: readonly Change[]): PolicyModel {
  const of = <K extends Kind>(kind: K, list: readonly ModelKinds[K][]): ModelKinds[K][] => {
    const byId = new Map(list.map((object) => [(object as { id: string }).id, object]));
    for (const change of changes) {
      if (change.kind !== kind) continue;
      if (change.object === null) byId.delete(change.id);
      else byId.set(change.id, change.object as ModelKinds[K]);
    }
    return [...byId.values()];
  };
  return {
    networks: of('network', model.networks),
    ports: of('port', model.ports),
    securityGroups: of('securityGroup', model.securityGroups),
    securityGroupRules: of('securityGroupRule', model.securityGroupRules),
    addressGroupEntries: of('addressGroupEntry', model.addressGroupEntries),
    firewallGroups: of('firewallGroup', model.firewallGroups),
    firewallGroupPorts: of('firewallGroupPort', model.firewallGroupPorts),
    firewallPolicies: of('firewallPolicy', model.firewallPolicies),
    firewallRules: of('firewallRule', model.firewallRules),
  };
}

function idsOf(kind: Kind): readonly string[] {
  return IDS.find(([each]) => each === kind)?.[1] ?? [];
}

function made<K extends Kind>(kind: K, id: string, random: Prng): ModelKinds[K] {
  const make = MAKERS[kind];
  if (make === undefined) throw new Error(`no ${kind} in this world`);
  return make(id, random);
}

function randomPort(id: string, random: Prng): Port {
  const ips = [...ADDRESSES[4].slice(0, 4), ...ADDRESSES[6].slice(0, 2)];
  const count = random.pick([0, 1, 1, 1, 2, 3]);
  const pairs: AddressPair[] = Array.from({ length: random.pick([0, 0, 0, 1, 2]) }, () => ({
    mac: 'fa:16:3e:00:00:09',
    prefix: random.pick([...PREFIXES[4], ...PREFIXES[6]]),
  }));
  return port(id, random.pick(NETWORKS), {
    adminStateUp: random.chance(0.92),
    fixedIps: Array.from({ length: count }, () => ({ subnetId: 's', ip: random.pick(ips) })),
    portSecurity: random.chance(0.85),
    securityGroups: random.pick([[], ['g1'], ['g2'], ['g1', 'g2'], ['g3', 'g1', 'g3'], ['g2', 'unknown']]),
    allowedPairs: pairs,
  });
}

function randomRule(id: string, random: Prng): SecurityGroupRule {
  const family = random.chance(0.7) ? 4 : 6;
  const protocol = random.pick([null, 6, 6, 17, 1, 58, 47]);
  const remote = random.pick<RuleRemote>([
    { kind: 'any' },
    { kind: 'prefix', prefix: random.pick(PREFIXES[family]) },
    { kind: 'prefix', prefix: random.pick(PREFIXES[family]) },
    { kind: 'group', group: random.pick(GROUPS) },
    { kind: 'group', group: random.pick(GROUPS) },
    { kind: 'addressGroup', group: random.pick(ADDRESS_GROUPS) },
  ]);
  return {
    id,
    groupId: random.pick(GROUPS),
    direction: random.pick(['ingress', 'egress']),
    family,
    protocol,
    ...numbers(protocol, random),
    remote,
  };
}

function randomFirewallRule(id: string, random: Prng): FirewallPolicyRule {
  const family = random.chance(0.7) ? 4 : 6;
  const protocol = random.pick([null, 6, 6, 17, family === 4 ? 1 : 58]);
  const hasPorts = protocol === 6 || protocol === 17;
  const range = (): [number, number] | null => {
    const [first = 0, last = 0] = [random.pick(EDGES), random.pick(EDGES)].sort((a, b) => a - b);
    return hasPorts && random.chance(0.5) ? [first, last] : null;
  };
  const end = () => random.pick([null, null, ...PREFIXES[family]]);
  return {
    id,
    enabled: random.chance(0.9),
    action: random.pick(['allow', 'allow', 'allow', 'deny', 'reject']),
    family,
    protocol,
    source: end(),
    destination: end(),
    sourcePorts: random.chance(0.4) ? range() : null,
    destinationPorts: range(),
  };
}

function numbers(protocol: number | null, random: Prng): { min: number | null; max: number | null } {
  if (protocol === null || protocol === 47 || random.chance(0.3)) return { min: null, max: null };
  if (protocol === 1 || protocol === 58) {
    return { min: random.pick(ICMP_EDGES), max: random.pick([null, ...ICMP_EDGES]) };
  }
  const [min = 0, max = 0] = [random.pick(EDGES), random.pick(EDGES)].sort((a, b) => a - b);
  return { min, max };
}
