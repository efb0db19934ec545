import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Model, weave } from '@netloom/core/compile/weave';
import type { HostTables, TableName, TableRows } from '@netloom/core/tables/host-tables';
import type { TraceQuestion } from '@netloom/core/trace/question';
import { type Trace, trace } from '@netloom/core/trace/trace';
import { loomWorld, type World } from '@netloom/core/trace/world';
import { EMPTY_MODEL, port as guardedPort, host, network, subnet } from '../compile/objects.ts';

/** What passes here is a question of places alone. */
const port: typeof guardedPort = (id, of, fields) => guardedPort(id, of, { portSecurity: false, ...fields });

const both = (last: number) => [
  { subnetId: 'web4', ip: `10.0.1.${last}` },
  { subnetId: 'web6', ip: `fd00:1::${last}` },
];

/** "web" (dual stack) on h1 and h2, "db" on h1, "bare" (no DHCP) on h2; h3 has no tunnel end yet. */
const MODEL: Model = {
  ...EMPTY_MODEL,
  hosts: [host('h1', '192.0.2.1'), host('h2', '192.0.2.2'), host('h3', null)],
  networks: [
    network('web', { vni: 5001 }),
    network('db', { vni: 5002 }),
    network('bare', { vni: 5003 }),
    network('off', { adminStateUp: false }),
  ],
  subnets: [
    subnet('web4', 'web', { cidr: '10.0.1.0/24' }),
    subnet('web6', 'web', { cidr: 'fd00:1::/64' }),
    subnet('web4b', 'web', { cidr: '10.0.9.0/24' }),
    subnet('db4', 'db', { cidr: '10.0.2.0/24' }),
    subnet('bare4', 'bare', { cidr: '10.0.3.0/24', enableDhcp: false }),
  ],
  ports: [
    port('w1', 'web', { host: 'h1', mac: 'fa:16:3e:00:01:01', fixedIps: both(1) }),
    port('w2', 'web', { host: 'h1', mac: 'fa:16:3e:00:01:02', fixedIps: both(2) }),
    port('w3', 'web', { host: 'h2', mac: 'fa:16:3e:00:01:03', fixedIps: both(3) }),
    port('w-down', 'web', { host: 'h2', mac: 'fa:16:3e:00:01:04', fixedIps: both(4), adminStateUp: false }),
    port('w-nowhere', 'web', { mac: 'fa:16:3e:00:01:05', fixedIps: both(5) }),
    port('w-dark', 'web', { host: 'h3', mac: 'fa:16:3e:00:01:06', fixedIps: both(6) }),
    port('w-other', 'web', { host: 'h2', mac: 'fa:16:3e:00:01:07', ip: '10.0.9.7', subnetId: 'web4b' }),
    port('w-dhcp', 'web', { deviceOwner: 'network:dhcp', mac: 'fa:16:3f:00:01:00', fixedIps: both(200) }),
    port('d1', 'db', { host: 'h1', mac: 'fa:16:3e:00:02:01', ip: '10.0.2.1', subnetId: 'db4' }),
    port('b1', 'bare', { host: 'h1', mac: 'fa:16:3e:00:03:01', ip: '10.0.3.1', subnetId: 'bare4' }),
    port('b2', 'bare', { host: 'h2', mac: 'fa:16:3e:00:03:02', ip: '10.0.3.2', subnetId: 'bare4' }),
    port('o1', 'off', { host: 'h1' }),
  ],
};

const WORLD = loomWorld(weave(MODEL));

function ask(from: string, to: string, world: World = WORLD, question: Partial<TraceQuestion> = {}): Trace {
  return trace({ from, to, protocol: 'icmp', ...question }, world);
}

function brief({ verdict, reason }: Trace): string {
  return reason === null ? verdict : `${verdict} ${reason.way} ${reason.code}`;
}

test('a packet to a workload on the same host, and its reply, never see a tunnel', () => {
  const result = ask('w1', '10.0.1.2', WORLD, { protocol: 'tcp', port: 80 });
  assert.equal(brief(result), 'pass');
  const road = result.steps.map(({ way, host, what, row }) => `${way} ${host} ${what} ${row.table}/${row.id}`);
  assert.deepEqual(road, [
    'there h1 port ports/w1',
    'there h1 segment segments/web',
    'there h1 deliver ports/w2',
    'back h1 port ports/w2',
    'back h1 segment segments/web',
    'back h1 deliver ports/w1',
  ]);
  assert.equal(result.steps[0]?.text, 'port w1 (tapw1, port security off) sends tcp/80 to 10.0.1.2');
});

test('a packet to another host goes by the remotes row, through the tunnel, and its reply likewise', () => {
  for (const to of ['10.0.1.3', 'fd00:1::3', 'FD00:1:0:0::0003', 'fa:16:3e:00:01:03', 'FA-16-3E-00-01-03']) {
    const result = ask('w1', to);
    assert.equal(brief(result), 'pass', to);
    const road = result.steps.map(({ way, host, what, row }) => `${way} ${host} ${what} ${row.table}/${row.id}`);
    assert.deepEqual(road, [
      'there h1 port ports/w1',
      'there h1 segment segments/web',
      'there h1 remote remotes/w3',
      'there h2 tunnel segments/web',
      'there h2 deliver ports/w3',
      'back h2 port ports/w3',
      'back h2 segment segments/web',
      'back h2 remote remotes/w1',
      'back h1 tunnel segments/web',
      'back h1 deliver ports/w1',
    ]);
  }
});

test('the DHCP server answers on the sender`s own host', () => {
  const result = ask('w3', 'fd00:1::200', WORLD, { protocol: 'udp', port: 53 });
  assert.equal(brief(result), 'pass');
  assert.deepEqual(result.steps.at(-1), {
    way: 'there',
    host: 'h2',
    what: 'deliver',
    row: { table: 'dhcpServers', id: 'web' },
    text: 'reaches the DHCP and DNS server that host h2 runs for the network',
  });
});

test('workloads of a subnet without DHCP reach each other by what the segment knows', () => {
  assert.equal(brief(ask('b1', '10.0.3.2')), 'pass');
  assert.equal(brief(ask('b1', '10.0.3.77')), 'drop there UNKNOWN_DESTINATION');
});

test('the other IPv4 subnets of a network are on the link, as DHCP says', () => {
  assert.equal(brief(ask('w1', '10.0.9.7')), 'pass');
  assert.equal(brief(ask('w1', '10.0.9.8')), 'drop there UNKNOWN_DESTINATION');
});

const DROPS: readonly (readonly [from: string, to: string, code: string, words: RegExp])[] = [
  ['w1', 'nonsense', 'BAD_DESTINATION', /"nonsense" is neither/],
  ['w1', '224.0.0.5', 'GROUP_DESTINATION', /224\.0\.0\.5/],
  ['w1', 'ff02::1', 'GROUP_DESTINATION', /ff02::1/],
  ['w1', '255.255.255.255', 'GROUP_DESTINATION', /group address/],
  ['w1', 'ff:ff:ff:ff:ff:ff', 'GROUP_DESTINATION', /group address/],
  ['w-nowhere', '10.0.1.1', 'SOURCE_NOT_BOUND', /w-nowhere is bound to no host/],
  ['unheard-of', '10.0.1.1', 'SOURCE_NOT_BOUND', /unheard-of/],
  ['o1', '10.0.1.1', 'SOURCE_NOT_CARRIED', /host h1 .* o1/],
  ['w-down', '10.0.1.1', 'SOURCE_PORT_DOWN', /w-down is administratively down/],
  ['d1', 'fd00:1::3', 'NO_SOURCE_ADDRESS', /d1 has no IPv6 address/],
  ['w1', '10.0.2.1', 'NO_ROUTER', /10\.0\.2\.1 is on another network/],
  ['w1', '10.0.1.99', 'UNKNOWN_DESTINATION', /web has the address 10\.0\.1\.99/],
  ['w1', '10.0.1.5', 'UNKNOWN_DESTINATION', /10\.0\.1\.5/],
  ['w1', 'fa:16:3e:00:02:01', 'UNKNOWN_DESTINATION', /fa:16:3e:00:02:01/],
  ['w1', '10.0.1.6', 'NO_REMOTE_ENTRY', /h1 has no entry for port w-dark, which is on host h3/],
  ['w1', '10.0.1.4', 'DESTINATION_PORT_DOWN', /w-down on host h2/],
  ['w3', 'fd00:1::4', 'DESTINATION_PORT_DOWN', /w-down on host h2/],
];

for (const [from, to, code, words] of DROPS) {
  test(`${from} to ${to} is dropped: ${code}`, () => {
    const result = ask(from, to);
    assert.equal(brief(result), `drop there ${code}`);
    assert.match(result.reason?.message ?? '', words);
    assert.doesNotMatch(result.reason?.message ?? '', /[{}]/);
  });
}

test('a reply that cannot get back is a drop of its own', () => {
  // h3's tunnel end is unknown to others, so it can send to h2 and h2 cannot answer.
  const result = ask('w-dark', '10.0.1.3');
  assert.equal(brief(result), 'drop back NO_REMOTE_ENTRY');
  assert.match(result.reason?.message ?? '', /^the reply is lost: host h2 has no entry for port w-dark/);
  assert.equal(result.steps.filter(({ way, what }) => way === 'there' && what === 'deliver').length, 1);
});

test('tables that lag behind give the reason where they disagree', () => {
  assert.equal(brief(ask('w1', '10.0.1.3', lagging('h2', 'segments'))), 'drop there SEGMENT_NOT_CARRIED');
  assert.equal(brief(ask('w1', '10.0.1.3', lagging('h2', 'ports'))), 'drop there DESTINATION_NOT_THERE');
  assert.equal(brief(ask('w1', '10.0.1.3', lagging('h2', 'remotes'))), 'drop back NO_REMOTE_ENTRY');
  assert.equal(brief(ask('w1', '10.0.1.3', lagging('h1', 'remotes'))), 'drop there NO_REMOTE_ENTRY');
  assert.equal(brief(ask('w1', '10.0.1.3', { ...WORLD, hostOfVtep: () => undefined })), 'drop there NO_TUNNEL_END');
  const down = changed('h2', 'ports', (row) => ({ ...row, adminUp: false }));
  const result = ask('w1', '10.0.1.3', down);
  assert.equal(brief(result), 'drop there DESTINATION_PORT_DOWN');
  assert.deepEqual(result.steps.at(-1)?.row, { table: 'ports', id: 'w3' });
});

test('hosts agree on a segment by its VNI, not by its id', () => {
  const other = changed('h2', 'segments', (row) => ({ ...row, vni: row.vni + 1000 }));
  assert.equal(brief(ask('w1', '10.0.1.3', other)), 'drop there SEGMENT_NOT_CARRIED');
});

function lagging(of: string, table: TableName): World {
  return {
    ...WORLD,
    tablesOf: (name) => (name === of ? { ...WORLD.tablesOf(name), [table]: new Map() } : WORLD.tablesOf(name)),
  };
}

function changed<T extends TableName>(of: string, table: T, change: (row: TableRows[T]) => TableRows[T]): World {
  const rows: HostTables[T] = WORLD.tablesOf(of)[table];
  const altered = new Map([...rows].map(([id, row]) => [id, change(row)]));
  return {
    ...WORLD,
    tablesOf: (name) => (name === of ? { ...WORLD.tablesOf(name), [table]: altered } : WORLD.tablesOf(name)),
  };
}
