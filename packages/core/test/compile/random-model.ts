import type { Model } from '@netloom/core/compile/weave';
import type { AddressGroupEntry } from '@netloom/core/model/address-group';
import type { Change, Kind, ModelKinds } from '@netloom/core/model/change';
import type {
  FirewallGroup,
  FirewallGroupPort,
  FirewallPolicy,
  FirewallPolicyRule,
} from '@netloom/core/model/firewall';
import type { Host } from '@netloom/core/model/host';
import type { Log } from '@netloom/core/model/log';
import type { Network } from '@netloom/core/model/network';
import { type AddressPair, DHCP_OWNER, GATEWAY_OWNER, INTERFACE_OWNERS, type Port } from '@netloom/core/model/port';
import type { FloatingIp, Router } from '@netloom/core/model/router';
import type { RuleRemote, SecurityGroup, SecurityGroupRule } from '@netloom/core/model/security-group';
import type { Subnet } from '@netloom/core/model/subnet';
import type { Prng } from '../prng.ts';

/** Few names, so that random objects meet, clash and refer to absent ones. */
const NETWORKS = ['n1', 'n2', 'n3'];
const SUBNETS = ['s1', 's2', 's3', 's4'];
const PORTS = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8', 'p9'];
const HOSTS = ['h1', 'h2', 'h3', 'h4'];
const GROUPS = ['g1', 'g2', 'g3'];
const RULES = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7'];
const ADDRESS_GROUPS = ['a1', 'a2'];
const ENTRIES = ['a1/198.51.100.0/24', 'a1/2001:db8:1::/48', 'a2/203.0.113.7/32'];
const FIREWALLS = ['f1', 'f2', 'f3'];
const POLICIES = ['o1', 'o2', 'o3'];
const FIREWALL_RULES = ['w1', 'w2', 'w3', 'w4'];
const LOGS = ['l1', 'l2', 'l3'];
const ROUTERS = ['x1', 'x2'];
const FLOATING_IPS = ['i1', 'i2', 'i3'];
const PROJECTS = ['p', 'q'];
const PAIRS: readonly (readonly AddressPair[])[] = [
  [],
  [],
  [{ mac: 'fa:16:3e:00:00:09', prefix: '10.0.0.9/32' }],
  [
    { mac: 'fa:16:3e:00:00:09', prefix: 'fd00::/64' },
    { mac: 'fa:16:3e:00:00:01', prefix: '10.0.0.5/32' },
    { mac: 'fa:16:3e:00:00:08', prefix: 'fd00::/64' },
    { mac: 'fa:16:3e:00:00:08', prefix: '0.0.0.0/0' },
  ],
];
/** Fewer than hosts: two of them may claim one address. */
const VTEPS = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::4'];

export const ALL_IDS: readonly { readonly kind: Kind; readonly id: string }[] = [
  ...NETWORKS.map((id) => ({ kind: 'network' as const, id })),
  ...SUBNETS.map((id) => ({ kind: 'subnet' as const, id })),
  ...PORTS.map((id) => ({ kind: 'port' as const, id })),
  ...HOSTS.map((id) => ({ kind: 'host' as const, id })),
  ...GROUPS.map((id) => ({ kind: 'securityGroup' as const, id })),
  ...RULES.map((id) => ({ kind: 'securityGroupRule' as const, id })),
  ...ENTRIES.map((id) => ({ kind: 'addressGroupEntry' as const, id })),
  ...FIREWALLS.map((id) => ({ kind: 'firewallGroup' as const, id })),
  ...PORTS.map((id) => ({ kind: 'firewallGroupPort' as const, id })),
  ...POLICIES.map((id) => ({ kind: 'firewallPolicy' as const, id })),
  ...FIREWALL_RULES.map((id) => ({ kind: 'firewallRule' as const, id })),
  ...LOGS.map((id) => ({ kind: 'log' as const, id })),
  ...ROUTERS.map((id) => ({ kind: 'router' as const, id })),
  ...FLOATING_IPS.map((id) => ({ kind: 'floatingIp' as const, id })),
];

export const HOST_NAMES: readonly string[] = HOSTS;

/** Random state: each object is there with some probability, and anything in it may be anything. */
export function randomState(random: Prng): Change[] {
  return ALL_IDS.filter(({ kind }) => random.chance(kind === 'port' ? 0.8 : 0.85)).map(({ kind, id }) =>
    randomChange(kind, id, random),
  );
}

export function randomChange(kind: Kind, id: string, random: Prng): Change {
  return { kind, id, object: MAKERS[kind](id, random) } as Change;
}

const MAKERS: { readonly [K in Kind]: (id: string, random: Prng) => ModelKinds[K] } = {
  network: randomNetwork,
  subnet: randomSubnet,
  port: randomPort,
  host: randomHost,
  securityGroup: randomGroup,
  securityGroupRule: randomRule,
  addressGroupEntry: randomEntry,
  firewallGroup: randomFirewall,
  firewallGroupPort: randomMember,
  firewallPolicy: randomPolicy,
  firewallRule: randomFirewallRule,
  log: randomLog,
  router: randomRouter,
  floatingIp: randomFloatingIp,
};

function randomNetwork(id: string, random: Prng): Network {
  return {
    id,
    name: random.pick(['web', 'db']),
    projectId: 'p',
    adminStateUp: random.chance(0.85),
    mtu: random.pick([1450, 8950]),
    vni: 1 + random.below(3),
    flood: random.pick(['none', 'head-end']),
    dnsDomain: random.pick(['', 'example.org']),
  };
}

function randomSubnet(id: string, random: Prng): Subnet {
  return {
    id,
    networkId: random.pick(NETWORKS),
    cidr: random.pick(['10.0.0.0/24', 'fd00::/64']),
    gatewayIp: random.pick([null, '10.0.0.1', '10.0.0.5', 'fd00::6']),
    enableDhcp: random.chance(0.7),
    dnsNameservers: random.pick([[], ['192.0.2.53']]),
    hostRoutes: random.pick([[], [{ destination: '10.9.0.0/16', nexthop: '10.0.0.9' }]]),
    ipv6RaMode: random.pick([null, 'slaac']),
    ipv6AddressMode: null,
  };
}

function randomPort(id: string, random: Prng): Port {
  return {
    id,
    projectId: random.pick(PROJECTS),
    // A port rarely changes its network, and its host often.
    networkId: random.chance(0.9) ? (NETWORKS[Number(id.slice(1)) % NETWORKS.length] ?? 'n1') : random.pick(NETWORKS),
    mac: `fa:16:3e:00:00:0${random.below(3)}`,
    fixedIps: random.pick([
      [],
      [{ subnetId: 's1', ip: '10.0.0.5' }],
      [
        { subnetId: 's1', ip: '10.0.0.6' },
        { subnetId: 's2', ip: 'fd00::6' },
      ],
    ]),
    adminStateUp: random.chance(0.8),
    host: random.chance(0.8) ? random.pick(HOSTS) : null,
    deviceOwner: random.chance(0.15)
      ? DHCP_OWNER
      : random.pick(['', 'compute:nova', GATEWAY_OWNER, GATEWAY_OWNER, ...INTERFACE_OWNERS]),
    deviceId: random.pick(['', 'unknown', ...ROUTERS, ...ROUTERS]),
    dnsName: random.pick(['', '', 'db-1']),
    dhcpOptions: random.pick([[], [{ name: 'mtu', value: '1400', family: 4 }]]),
    portSecurity: random.chance(0.85),
    securityGroups: random.pick([[], ['g1'], ['g2'], ['g1', 'g2'], ['g3', 'g1', 'g3'], ['g2', 'unknown']]),
    allowedPairs: random.pick(PAIRS),
  };
}

function randomHost(name: string, random: Prng): Host {
  return { name, vtep: random.chance(0.8) ? random.pick(VTEPS) : null };
}

function randomGroup(id: string, random: Prng): SecurityGroup {
  return { id, projectId: 'p', name: random.pick(['web', 'db']), stateful: random.chance(0.8) };
}

function randomRule(id: string, random: Prng): SecurityGroupRule {
  return {
    id,
    groupId: random.pick(GROUPS),
    direction: random.pick(['ingress', 'egress']),
    family: random.pick([4, 6]),
    protocol: random.pick([null, 6]),
    min: random.pick([null, 80]),
    max: random.pick([null, 443]),
    remote: random.pick<RuleRemote>([
      { kind: 'any' },
      { kind: 'prefix', prefix: '192.0.2.0/24' },
      ...GROUPS.map((group): RuleRemote => ({ kind: 'group', group })),
      ...ADDRESS_GROUPS.map((group): RuleRemote => ({ kind: 'addressGroup', group })),
    ]),
  };
}

/** An entry never changes, but in this world it may move to another group than its id says. */
function randomEntry(id: string, random: Prng): AddressGroupEntry {
  const [groupId = '', ...rest] = id.split('/');
  return { id, groupId, prefix: random.chance(0.9) ? rest.join('/') : '192.0.2.0/25' };
}

function randomFirewall(id: string, random: Prng): FirewallGroup {
  const policy = () => random.pick([null, ...POLICIES]);
  return { id, adminStateUp: random.chance(0.85), ingressPolicy: policy(), egressPolicy: policy() };
}

function randomMember(id: string, random: Prng): FirewallGroupPort {
  return { id, groupId: random.pick(FIREWALLS) };
}

function randomPolicy(id: string, random: Prng): FirewallPolicy {
  return { id, rules: random.shuffled([...FIREWALL_RULES, 'unknown']).slice(0, random.below(6)) };
}

function randomFirewallRule(id: string, random: Prng): FirewallPolicyRule {
  return {
    id,
    enabled: random.chance(0.8),
    action: random.pick(['allow', 'deny', 'reject']),
    family: random.pick([4, 6]),
    protocol: random.pick([null, 6]),
    source: random.pick([null, '192.0.2.0/24']),
    destination: null,
    sourcePorts: null,
    destinationPorts: random.pick<[number, number] | null>([null, [80, 443]]),
  };
}

function randomLog(id: string, random: Prng): Log {
  return {
    id,
    projectId: random.pick(PROJECTS),
    enabled: random.chance(0.8),
    event: random.pick(['ACCEPT', 'DROP', 'ALL']),
    groupId: random.pick([null, null, ...GROUPS, 'unknown']),
    portId: random.pick([null, null, ...PORTS]),
  };
}

function randomRouter(id: string, random: Prng): Router {
  const route = { destination: '198.51.100.0/24', nexthop: '10.0.0.9' };
  const gateway = { port: random.pick(PORTS), host: random.pick([null, ...HOSTS]), snat: random.chance(0.5) };
  const common = { id, projectId: 'p', adminStateUp: random.chance(0.85) };
  return { ...common, routes: random.pick([[], [route]]), gateway: random.chance(0.8) ? gateway : null };
}

function randomFloatingIp(id: string, random: Prng): FloatingIp {
  const address = `203.0.113.${1 + random.below(3)}`;
  return { id, address, routerId: random.pick([null, ...ROUTERS]), fixedAddress: random.pick([null, '10.0.0.5']) };
}

/** The model that a list of changes ends in. */
export function modelOf(changes: readonly Change[]): Model {
  const last = new Map<string, Change>();
  for (const change of changes) last.set(`${change.kind} ${change.id}`, change);
  const of = <K extends Kind>(kind: K): ModelKinds[K][] =>
    [...last.values()].flatMap((change) =>
      change.kind === kind && change.object !== null ? [change.object as ModelKinds[K]] : [],
    );
  return {
    networks: of('network'),
    subnets: of('subnet'),
    ports: of('port'),
    hosts: of('host'),
    securityGroups: of('securityGroup'),
    securityGroupRules: of('securityGroupRule'),
    addressGroupEntries: of('addressGroupEntry'),
    firewallGroups: of('firewallGroup'),
    firewallGroupPorts: of('firewallGroupPort'),
    firewallPolicies: of('firewallPolicy'),
    firewallRules: of('firewallRule'),
    logs: of('log'),
    routers: of('router'),
    floatingIps: of('floatingIp'),
  };
}
