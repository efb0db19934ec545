import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Model, weave } from '@netloom/core/compile/weave';
import type { FirewallRow, HostTables } from '@netloom/core/tables/host-tables';
import type { TraceQuestion } from '@netloom/core/trace/question';
import { type Trace, trace } from '@netloom/core/trace/trace';
import { loomWorld, type World } from '@netloom/core/trace/world';
import { EMPTY_MODEL, group, host, network, port, rule, subnet } from '../compile/objects.ts';

const both = (last: number) => [
  { subnetId: 'n4', ip: `10.0.1.${last}` },
  { subnetId: 'n6', ip: `fd00:1::${last}` },
];
const mac = (last: number): string => `fa:16:3e:00:01:0${last}`;
const out = { direction: 'egress' } as const;

/** "web" and "db" on two hosts; "raw" knows no flows; "off" is not checked, "bare" has no group. */
const MODEL: Model = {
  ...EMPTY_MODEL,
  hosts: [host('h1', '192.0.2.1'), host('h2', '192.0.2.2')],
  networks: [network('n', { vni: 5001 })],
  subnets: [subnet('n4', 'n', { cidr: '10.0.1.0/24' }), subnet('n6', 'n', { cidr: 'fd00:1::/64' })],
  ports: [
    port('web', 'n', { host: 'h1', mac: mac(1), fixedIps: both(1), securityGroups: ['sg-web'] }),
    port('db', 'n', { host: 'h2', mac: mac(2), fixedIps: both(2), securityGroups: ['sg-db', 'sg-ping'] }),
    port('raw', 'n', { host: 'h2', mac: mac(3), fixedIps: both(3), securityGroups: ['sg-raw'] }),
    port('off', 'n', { host: 'h1', mac: mac(4), fixedIps: both(4), portSecurity: false }),
    port('bare', 'n', { host: 'h2', mac: mac(5), fixedIps: both(5) }),
    port('vip', 'n', {
      host: 'h1',
      mac: mac(6),
      fixedIps: both(6),
      securityGroups: ['sg-web'],
      allowedPairs: [
        { mac: mac(6), prefix: '10.0.1.100/32' },
        { mac: mac(6), prefix: '10.0.8.0/24' },
        { mac: mac(9), prefix: '10.0.1.101/32' },
      ],
    }),
    port('dhcp', 'n', {
      deviceOwner: 'network:dhcp',
      mac: 'fa:16:3f:00:01:00',
      fixedIps: both(200),
      portSecurity: false,
    }),
  ],
  securityGroups: [group('sg-web'), group('sg-db'), group('sg-ping'), group('sg-raw', { stateful: false })],
  securityGroupRules: [
    rule('web-out', 'sg-web', out),
    rule('web-out6', 'sg-web', { ...out, family: 6 }),
    rule('web-in', 'sg-web', { protocol: 6, min: 80, max: 80 }),
    rule('db-in', 'sg-db', { protocol: 6, min: 5432, max: 5432, remote: { kind: 'group', group: 'sg-web' } }),
    rule('ping-in', 'sg-ping', { protocol: 1, min: 8 }),
    rule('raw-in', 'sg-raw', { protocol: 6, min: 80, max: 80 }),
    rule('raw-udp', 'sg-raw', { protocol: 17 }),
    rule('raw-answers', 'sg-raw', { ...out, protocol: 17, min: 1024, max: 65_535 }),
  ],
};

const WORLD = loomWorld(weave(MODEL));

function ask(from: string, to: string, question: Partial<TraceQuestion> = {}, world: World = WORLD): Trace {
  return trace({ from, to, protocol: 'tcp', port: 80, ...question }, world);
}

function brief({ verdict, reason }: Trace): string {
  return reason === null ? verdict : `${verdict} ${reason.way} ${reason.code}`;
}

test('the rules that let a packet out and in are named, with their groups, and its reply goes with the flow', () => {
  const result = ask('web', '10.0.1.2', { port: 5432 });
  assert.equal(brief(result), 'pass');
  const filters = result.steps.filter((step) => step.what === 'filter');
  assert.deepEqual(
    filters.map(({ way, host: at, row, rule: by }) => `${way} ${at} ${row.table}/${row.id} ${by}`),
    [
      'there h1 filters/sg-web web-out',
      'there h2 filters/sg-db db-in',
      'back h2 filters/sg-db db-in',
      'back h1 filters/sg-web web-out',
    ],
  );
  assert.equal(filters[0]?.text, 'rule web-out of security group sg-web lets tcp/5432 out of port web');
  assert.equal(
    filters[2]?.text,
    'the reply goes out of port db with the flow that rule db-in of security group sg-db has let through',
  );
});

test('what no rule allows is dropped, with the groups that were asked', () => {
  const inward = ask('web', '10.0.1.2', { port: 22 });
  assert.equal(brief(inward), 'drop there FILTER_DENIES');
  assert.equal(
    inward.reason?.message,
    'no rule of security groups sg-db, sg-ping lets tcp/22 from 10.0.1.1 into port db',
  );
  assert.equal(inward.steps.at(-1)?.host, 'h2');
  const outward = ask('db', '10.0.1.1');
  assert.equal(
    outward.reason?.message,
    'no rule of security groups sg-db, sg-ping lets tcp/80 to 10.0.1.1 out of port db',
  );
  assert.deepEqual(ask('bare', '10.0.1.1').reason, {
    code: 'NO_FILTER',
    message: 'port bare has no security group, so that nothing may leave it',
    way: 'there',
  });
  assert.equal(ask('web', '10.0.1.5').reason?.message, 'port bare has no security group, so that nothing may reach it');
});

test('families and ICMP types are the packet`s own', () => {
  assert.equal(brief(ask('web', '10.0.1.2', { protocol: 'icmp' })), 'pass');
  assert.equal(brief(ask('web', '10.0.1.2', { protocol: 'icmp', icmpType: 13 })), 'drop there FILTER_DENIES');
  assert.equal(brief(ask('web', 'fd00:1::2', { protocol: 'icmp' })), 'drop there FILTER_DENIES');
  assert.equal(brief(ask('web', 'fd00:1::4', { protocol: 'icmp' })), 'pass');
  assert.equal(brief(ask('web', '10.0.1.4', { protocol: 47 })), 'pass');
});

test('a stateless group asks rules about replies too', () => {
  const lost = ask('web', '10.0.1.3');
  assert.equal(brief(lost), 'drop back FILTER_DENIES');
  assert.match(
    lost.reason?.message ?? '',
    /^the reply is lost: .* sg-raw lets tcp\/49152 to 10\.0\.1\.1 out of port raw$/,
  );
  const answered = ask('web', '10.0.1.3', { protocol: 'udp', port: 53 });
  assert.equal(brief(answered), 'pass');
  assert.equal(
    answered.steps.find(({ way, host: at, what }) => way === 'back' && at === 'h2' && what === 'filter')?.rule,
    'raw-answers',
  );
  assert.equal(
    brief(ask('web', '10.0.1.3', { protocol: 'udp', port: 53, sourcePort: 1000 })),
    'drop back FILTER_DENIES',
  );
});

test('a reply is asked of stateless groups alone: stateful ones have decided with the first packet', () => {
  const ports = MODEL.ports.map((each) =>
    each.id === 'raw' ? { ...each, securityGroups: ['sg-raw', 'sg-out'] } : each,
  );
  const world = loomWorld(
    weave({
      ...MODEL,
      ports,
      securityGroups: [...MODEL.securityGroups, group('sg-out')],
      securityGroupRules: [...MODEL.securityGroupRules, rule('all-out', 'sg-out', out)],
    }),
  );
  assert.equal(brief(ask('raw', '10.0.1.4', { protocol: 'icmp' }, world)), 'pass');
  assert.equal(brief(ask('web', '10.0.1.3', {}, world)), 'drop back FILTER_DENIES');
});

test('an ICMP message that answers no packet belongs to no flow', () => {
  const unreachable = { protocol: 'icmp', icmpType: 3, icmpCode: 1 } as const;
  assert.equal(brief(ask('web', '10.0.1.4', unreachable)), 'drop there NO_FLOW');
  assert.match(
    ask('web', '10.0.1.4', unreachable).reason?.message ?? '',
    /^icmp type 3 code 1 to 10\.0\.1\.4 out of port web/,
  );
  assert.equal(brief(ask('off', '10.0.1.4', unreachable)), 'pass');
});

test('without port security nothing of a port is checked', () => {
  assert.equal(brief(ask('off', '10.0.1.1', { source: '10.0.1.77' })), 'pass');
  assert.equal(brief(ask('off', '10.0.1.3', { port: 81 })), 'drop there FILTER_DENIES');
  assert.match(ask('off', '10.0.1.1').steps[0]?.text ?? '', /^port off \(tapoff, port security off\) sends/);
});

test('a guarded port sends from its own addresses and its pairs', () => {
  const foreign = ask('web', '10.0.1.4', { source: '10.0.1.100' });
  assert.equal(brief(foreign), 'drop there SPOOFED_SOURCE');
  assert.equal(
    foreign.reason?.message,
    'port web may not send from 10.0.1.100: port security allows 10.0.1.1, fd00:1::1',
  );
  assert.equal(brief(ask('vip', '10.0.1.4', { source: '10.0.1.100' })), 'pass');
  assert.equal(brief(ask('vip', '10.0.1.4', { source: '10.0.8.9' })), 'drop back NO_ROUTER');
  assert.equal(brief(ask('vip', 'fd00:1::4', { source: '10.0.1.100' })), 'drop there BAD_SOURCE');
  assert.equal(brief(ask('vip', '10.0.1.4', { source: 'nonsense' })), 'drop there BAD_SOURCE');
  assert.equal(brief(ask('vip', '10.0.1.4', { source: '224.0.0.1' })), 'drop there BAD_SOURCE');
});

test('an address of a pair is answered for by the workload, whose network is flooded for it', () => {
  const at = (from: string, world: World) => brief(ask(from, '10.0.1.100', {}, world));
  assert.equal(at('off', WORLD), 'pass');
  assert.equal(at('web', WORLD), 'pass');
  assert.equal(brief(ask('off', '10.0.1.101')), 'drop there UNKNOWN_DESTINATION');
  const unpaired = MODEL.ports.map((each) => ({ ...each, allowedPairs: [] }));
  assert.equal(at('web', loomWorld(weave({ ...MODEL, ports: unpaired }))), 'drop there UNKNOWN_DESTINATION');
  // The group of a remote rule has the addresses of its members' pairs.
  assert.equal(brief(ask('vip', '10.0.1.2', { source: '10.0.1.100', port: 5432 })), 'pass');
});

test('a frame to a MAC address is checked as the packet that it carries', () => {
  assert.equal(brief(ask('web', mac(2), { port: 5432 })), 'pass');
  assert.equal(brief(ask('web', mac(2), { port: 22 })), 'drop there FILTER_DENIES');
  // The reply goes to the address that it was sent from, whichever else the sender has.
  assert.equal(brief(ask('vip', mac(2), { source: '10.0.1.100', port: 5432 })), 'pass');
  const mute = { ...MODEL, ports: MODEL.ports.map((each) => (each.id === 'db' ? { ...each, fixedIps: [] } : each)) };
  assert.equal(brief(ask('web', mac(2), {}, loomWorld(weave(mute)))), 'drop there NO_COMMON_FAMILY');
});

test('DHCP goes to the server without a rule, names need one, and nobody else answers as a server', () => {
  const toServer = (from: string, question: Partial<TraceQuestion>) =>
    brief(ask(from, '10.0.1.200', { protocol: 'udp', ...question }));
  assert.equal(toServer('bare', { sourcePort: 68, port: 67 }), 'pass');
  assert.equal(toServer('bare', { port: 53 }), 'drop there NO_FILTER');
  assert.equal(toServer('web', { port: 53 }), 'pass');
  assert.equal(brief(ask('web', '10.0.1.4', { protocol: 'udp', sourcePort: 67, port: 68 })), 'drop there ROGUE_SERVER');
});

test('a firewall must allow a packet too, by its first match', () => {
  const open = { family: 4, protocol: null, source: null, destination: null, sourcePorts: null } as const;
  const walled = (firewall: FirewallRow | undefined) =>
    withTables('h2', (tables) => ({
      ...tables,
      ports: new Map(
        [...tables.ports].map(([id, row]) => [
          id,
          { ...row, guard: row.guard && { ...row.guard, firewall: id === 'db' ? 'fw' : null } },
        ]),
      ),
      firewalls: new Map(firewall === undefined ? [] : [['fw', firewall]]),
    }));
  const verdict = (firewall: FirewallRow | undefined) =>
    brief(ask('web', '10.0.1.2', { port: 5432 }, walled(firewall)));
  const allow = { ...open, id: 'ok', action: 'allow', destinationPorts: [5432, 5432] } as const;
  assert.equal(verdict({ id: 'fw', ingress: [allow], egress: [] }), 'pass');
  assert.equal(verdict({ id: 'fw', ingress: [], egress: [] }), 'drop there FIREWALL_NO_MATCH');
  assert.equal(
    verdict({ id: 'fw', ingress: [{ ...allow, action: 'reject' }, allow], egress: [] }),
    'drop there FIREWALL_DENIES',
  );
  assert.equal(verdict(undefined), 'drop there NO_FIREWALL_ENTRY');
  const filtered = ask(
    'web',
    '10.0.1.2',
    { port: 22 },
    walled({ id: 'fw', ingress: [{ ...allow, destinationPorts: null }], egress: [] }),
  );
  assert.equal(brief(filtered), 'drop there FILTER_DENIES');
});

test('a guarded port gets nothing for an address that its host does not know', () => {
  const lagging = withTables('h2', (tables) => ({
    ...tables,
    ports: new Map([...tables.ports].map(([id, row]) => [id, { ...row, addresses: [] }])),
  }));
  assert.equal(brief(ask('web', '10.0.1.2', { port: 5432 }, lagging)), 'drop there FOREIGN_DESTINATION');
});

test('a filter that a host has not got yet allows nothing', () => {
  const lagging = withTables('h2', (tables) => ({ ...tables, filters: new Map() }));
  assert.equal(brief(ask('web', '10.0.1.2', { port: 5432 }, lagging)), 'drop there FILTER_DENIES');
});

function withTables(of: string, change: (tables: HostTables) => HostTables): World {
  return { ...WORLD, tablesOf: (name) => (name === of ? change(WORLD.tablesOf(name)) : WORLD.tablesOf(name)) };
}
