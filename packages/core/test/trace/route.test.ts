import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Model, weave } from '@netloom/core/compile/weave';
import type { Port } from '@netloom/core/model/port';
import { probePlan } from '@netloom/core/trace/live/probe-plan';
import type { TraceQuestion } from '@netloom/core/trace/question';
import { type Trace, trace } from '@netloom/core/trace/trace';
import { loomWorld } from '@netloom/core/trace/world';
import { EMPTY_MODEL, group, port as guardedPort, host, network, router, rule, subnet } from '../compile/objects.ts';

let lastMac = 0;
const port: typeof guardedPort = (id, of, fields) => {
  const mac = `fa:16:3e:00:00:${(++lastMac).toString(16).padStart(2, '0')}`;
  return guardedPort(id, of, { mac, portSecurity: false, subnetId: `${of}4`, ...fields });
};
const leg = (id: string, of: string, fields: Partial<Port> & { readonly ip?: string }): Port =>
  port(id, of, { deviceOwner: 'network:router_interface', ...fields });
const v4 = (of: string, third: number, fields = {}) =>
  subnet(`${of}4`, of, { cidr: `10.0.${third}.0/24`, gatewayIp: `10.0.${third}.1`, ...fields });
const v6 = (of: string, part: number, fields = {}) =>
  subnet(`${of}6`, of, {
    ...{ cidr: `fd00:${part}::/64`, gatewayIp: `fd00:${part}::1`, ipv6RaMode: 'slaac', ipv6AddressMode: 'slaac' },
    ...fields,
  });
const both = (of: string, third: number, last: number) => [
  { subnetId: `${of}4`, ip: `10.0.${third}.${last}` },
  { subnetId: `${of}6`, ip: `fd00:${third}::${last}` },
];

/**
 * r1 joins "web" (h1), "db" (h2) and "transit", where nobody is; r2 joins "transit" and "far" (h3). Network "alone" has no router; "hand"
 * has no DHCP; "twin" has the addresses of "web", and a router of its own.
 */
const MODEL: Model = {
  ...EMPTY_MODEL,
  hosts: [host('h1', '192.0.2.1'), host('h2', '192.0.2.2'), host('h3', '192.0.2.3')],
  networks: ['web', 'db', 'transit', 'far', 'alone', 'hand', 'twin', 'twin-db'].map((id, i) =>
    network(id, { vni: 5001 + i }),
  ),
  subnets: [
    v4('web', 1),
    v6('web', 1),
    v4('db', 2),
    v6('db', 2),
    v4('transit', 9),
    v4('far', 3),
    v4('alone', 4, { gatewayIp: null }),
    v4('hand', 5, { enableDhcp: false }),
    v4('twin', 1),
    v4('twin-db', 2),
  ],
  ports: [
    port('web-1', 'web', { host: 'h1', fixedIps: both('web', 1, 10) }),
    port('db-1', 'db', { host: 'h2', fixedIps: both('db', 2, 10) }),
    port('db-here', 'db', { host: 'h1', fixedIps: both('db', 2, 11) }),
    port('gw', 'db', { host: 'h2', ip: '10.0.2.9' }),
    port('far-1', 'far', { host: 'h3', ip: '10.0.3.10' }),
    port('alone-1', 'alone', { host: 'h1', ip: '10.0.4.10' }),
    port('hand-1', 'hand', { host: 'h1', ip: '10.0.5.10' }),
    port('twin-1', 'twin', { host: 'h1', ip: '10.0.1.10' }),
    port('twin-db-1', 'twin-db', { host: 'h2', ip: '10.0.2.10' }),
    port('dhcp', 'db', { deviceOwner: 'network:dhcp', ip: '10.0.2.2' }),
    leg('r1-web', 'web', { deviceId: 'r1', ip: '10.0.1.1' }),
    leg('r1-web6', 'web', { deviceId: 'r1', fixedIps: [{ subnetId: 'web6', ip: 'fd00:1::1' }] }),
    leg('r1-db', 'db', { deviceId: 'r1', fixedIps: both('db', 2, 1) }),
    leg('r1-transit', 'transit', { deviceId: 'r1', ip: '10.0.9.1' }),
    leg('r1-hand', 'hand', { deviceId: 'r1', ip: '10.0.5.1' }),
    leg('r2-transit', 'transit', { deviceId: 'r2', ip: '10.0.9.2' }),
    leg('r2-far', 'far', { deviceId: 'r2', ip: '10.0.3.1' }),
    leg('r3-twin', 'twin', { deviceId: 'r3', ip: '10.0.1.1' }),
    leg('r3-twin-db', 'twin-db', { deviceId: 'r3', ip: '10.0.2.1' }),
  ],
  routers: [
    router('r1', {
      routes: [
        { destination: '10.0.3.0/24', nexthop: '10.0.9.2' },
        { destination: '198.51.100.0/24', nexthop: '10.0.2.9' },
        { destination: '203.0.113.0/24', nexthop: '10.0.9.2' },
        { destination: '203.0.113.128/25', nexthop: '10.0.2.77' },
      ],
    }),
    router('r2', {
      routes: [
        { destination: '10.0.0.0/16', nexthop: '10.0.9.1' },
        { destination: '203.0.113.0/24', nexthop: '10.0.9.1' },
      ],
    }),
    router('r3'),
  ],
};

function ask(from: string, to: string, changes: Partial<Model> = {}, question: Partial<TraceQuestion> = {}): Trace {
  return trace({ from, to, protocol: 'icmp', ...question }, loomWorld(weave({ ...MODEL, ...changes })));
}

function brief({ verdict, reason }: Trace): string {
  return reason === null ? verdict : `${verdict} ${reason.way} ${reason.code}`;
}

function road({ steps }: Trace): string[] {
  return steps.map(({ way, host: at, what, row }) => `${way} ${at} ${what} ${row.table}/${row.id}`);
}

const without = (id: string): Partial<Model> => ({ ports: MODEL.ports.filter((each) => each.id !== id) });
const changedPort = (id: string, fields: Partial<Port>): Partial<Model> => ({
  ports: MODEL.ports.map((each) => (each.id === id ? { ...each, ...fields } : each)),
});

test('the first hop is on the sender`s host, and the underlay is crossed on the network of the destination; the reply likewise', () => {
  for (const to of ['10.0.2.10', 'fd00:2::10']) {
    const result = ask('web-1', to);
    assert.deepEqual(road(result), [
      'there h1 port ports/web-1',
      'there h1 segment segments/web',
      'there h1 router routers/r1',
      'there h1 remote remotes/db-1',
      'there h2 tunnel segments/db',
      'there h2 deliver ports/db-1',
      'back h2 port ports/db-1',
      'back h2 segment segments/db',
      'back h2 router routers/r1',
      'back h2 remote remotes/web-1',
      'back h1 tunnel segments/web',
      'back h1 deliver ports/web-1',
    ]);
    assert.equal(brief(result), 'pass');
  }
  assert.equal(
    ask('web-1', 'fd00:2::10').steps[2]?.text,
    'router r1 takes it in at fd00:1::1 on segment web and sends it out at fd00:2::1 on segment db, by the prefix of that interface',
  );
});

test('between two networks on one host nothing meets a tunnel', () => {
  const result = ask('web-1', '10.0.2.11');
  assert.equal(brief(result), 'pass');
  assert.deepEqual([...new Set(result.steps.map(({ host: at }) => at))], ['h1']);
  assert.ok(result.steps.every(({ what }) => what !== 'tunnel'));
});

test('a router answers for all of its addresses, on whatever network', () => {
  for (const to of ['10.0.1.1', '10.0.2.1', '10.0.9.1', 'fd00:2::1']) {
    const result = ask('web-1', to);
    assert.equal(brief(result), 'pass', to);
    assert.deepEqual(road(result).slice(2, 4), ['there h1 deliver routers/r1', 'back h1 router routers/r1'], to);
    assert.equal(road(result).at(-1), 'back h1 deliver ports/web-1');
  }
  assert.equal(brief(ask('web-1', MODEL.ports.find(({ id }) => id === 'r1-web')?.mac ?? '')), 'pass');
  const beyond = ask('web-1', '10.0.3.1');
  assert.deepEqual(
    road(beyond).filter((step) => step.includes('routers/')),
    [
      'there h1 router routers/r1',
      'there h1 deliver routers/r2',
      'back h1 router routers/r2',
      'back h1 router routers/r1',
    ],
  );
});

test('two routers in a row: each is named with the route that it takes', () => {
  const result = ask('web-1', '10.0.3.10');
  assert.equal(brief(result), 'pass');
  const routed = result.steps.filter(({ what }) => what === 'router');
  assert.deepEqual(
    routed.map(({ way, host: at, row }) => `${way} ${at} ${row.id}`),
    ['there h1 r1', 'there h1 r2', 'back h3 r2', 'back h3 r1'],
  );
  assert.match(
    routed[0]?.text ?? '',
    /out at 10\.0\.9\.1 on segment transit, by its route 10\.0\.3\.0\/24 via 10\.0\.9\.2$/,
  );
  assert.match(routed[1]?.text ?? '', /in at 10\.0\.9\.2 on segment transit .* out at 10\.0\.3\.1 on segment far/);
});

test('a reply that no router can bring back is a drop of its own', () => {
  const routers = MODEL.routers.map((each) => (each.id === 'r2' ? { ...each, routes: [] } : each));
  assert.equal(brief(ask('web-1', '10.0.3.10', { routers })), 'drop back NO_ROUTE');
  assert.equal(brief(ask('web-1', '10.0.3.1', { routers })), 'drop back NO_ROUTE');
});

test('a static route by way of a workload hands the packet to it, and takes the answer from it', () => {
  const result = ask('web-1', '198.51.100.7');
  assert.equal(brief(result), 'pass');
  const [delivered] = result.steps.filter(({ what }) => what === 'deliver');
  assert.equal(
    delivered?.text,
    'is handed to port gw (tapgw, port security off) as next hop to 198.51.100.7; what follows is up to it',
  );
  assert.match(result.steps.find(({ way }) => way === 'back')?.text ?? '', / answers 10\.0\.1\.10 as 198\.51\.100\.7$/);
  const open = { portSecurity: true, securityGroups: ['open'] };
  const groups = {
    securityGroups: [group('open')],
    securityGroupRules: (['ingress', 'egress'] as const).map((way) => rule(way, 'open', { direction: way })),
  };
  const guarded = { ...changedPort('gw', open), ...groups };
  assert.equal(brief(ask('web-1', '198.51.100.7', guarded)), 'drop there FOREIGN_DESTINATION');
  const gw = MODEL.ports.find(({ id }) => id === 'gw');
  const allowedPairs = [{ mac: gw?.mac ?? '', prefix: '198.51.100.7/32' }];
  const itself = ask('web-1', '198.51.100.7', { ...changedPort('gw', { ...open, allowedPairs }), ...groups });
  assert.equal(brief(itself), 'pass');
  assert.match(itself.steps.find(({ what }) => what === 'deliver')?.text ?? '', /^reaches port gw/);
});

test('security groups see the addresses of the ends', () => {
  const guard = { portSecurity: true, securityGroups: ['db'] };
  const changes = {
    ports: MODEL.ports.map((each) => (each.id === 'db-1' ? { ...each, ...guard } : each)),
    securityGroups: [group('db')],
    securityGroupRules: [
      rule('from-web', 'db', { direction: 'ingress', remote: { kind: 'prefix', prefix: '10.0.1.10/32' } }),
    ],
  };
  assert.equal(brief(ask('web-1', '10.0.2.10', changes)), 'pass');
  const other = ask('hand-1', '10.0.2.10', changes);
  assert.equal(other.reason?.message, 'no rule of security group db lets icmp from 10.0.5.10 into port db-1');
});

test('the DHCP and DNS server of another network has no way back', () => {
  assert.equal(brief(ask('db-1', '10.0.2.2')), 'pass');
  assert.equal(brief(ask('web-1', '10.0.2.2', {}, { protocol: 'udp', port: 53 })), 'drop there SERVER_ELSEWHERE');
});

test('two tenants with the same addresses each get through their own router', () => {
  const own = ask('twin-1', '10.0.2.10');
  assert.equal(road(own).filter((step) => step.includes('deliver'))[0], 'there h2 deliver ports/twin-db-1');
  assert.ok(own.steps.every(({ row }) => row.table !== 'routers' || row.id === 'r3'));
  assert.equal(brief(ask('twin-1', '10.0.3.10')), 'drop there NO_ROUTE');
});

test('whoever has an address by hand knows the prefix and the gateway', () => {
  assert.equal(brief(ask('hand-1', '10.0.2.10')), 'pass');
  assert.equal(brief(ask('web-1', '10.0.5.10')), 'pass');
  assert.equal(brief(ask('hand-1', '10.0.5.77')), 'drop there UNKNOWN_DESTINATION');
  const { ports = [] } = changedPort('r1-hand', { fixedIps: [{ subnetId: 'hand4', ip: '10.0.5.254' }] });
  const two = ask('hand-1', '10.0.9.1', {
    ports: [...ports, leg('r2-hand', 'hand', { deviceId: 'r2', ip: '10.0.5.1' })],
  });
  assert.equal(two.steps.find(({ row }) => row.table === 'routers')?.row.id, 'r2');
  assert.equal(brief(ask('hand-1', '10.0.2.10', without('r1-hand'))), 'drop there UNKNOWN_DESTINATION');
});

test('host routes lead to other next hops than the gateway, the longest prefix first', () => {
  const hostRoutes = [
    { destination: '10.0.2.0/24', nexthop: '10.0.1.99' },
    { destination: '10.0.2.10/32', nexthop: '10.0.1.20' },
    { destination: '10.0.3.0/24', nexthop: '10.0.1.254' },
  ];
  const changes = {
    subnets: MODEL.subnets.map((each) => (each.id === 'web4' ? { ...each, hostRoutes } : each)),
    ports: [
      ...MODEL.ports,
      port('hop', 'web', { host: 'h3', ip: '10.0.1.20' }),
      leg('r2-web', 'web', { deviceId: 'r2', ip: '10.0.1.254' }),
    ],
  };
  const handed = ask('web-1', '10.0.2.10', changes);
  assert.match(
    handed.steps.find(({ what }) => what === 'deliver')?.text ?? '',
    /^is handed to port hop .* to 10\.0\.2\.10/,
  );
  assert.equal(ask('web-1', '10.0.2.11', changes).reason?.code, 'NO_ROUTER');
  assert.match(ask('web-1', '10.0.2.11', changes).reason?.message ?? '', /the address 10\.0\.1\.99/);
  assert.deepEqual(
    ask('web-1', '10.0.3.10', changes)
      .steps.filter(({ what, way }) => what === 'router' && way === 'there')
      .map(({ row }) => row.id),
    ['r2'],
  );
});

test('of routers on an IPv6 network the one with the gateway address is taken, which alone advertises itself', () => {
  const first = ({ steps }: Trace) => steps.find(({ row }) => row.table === 'routers')?.row.id;
  const web6 = (ip: string) => ({ fixedIps: [{ subnetId: 'web6', ip }] });
  const second = leg('r2-web6', 'web', { deviceId: 'r2', ...web6('fd00:1::1') });
  const { ports = [] } = changedPort('r1-web6', web6('fd00:1::fe'));
  assert.equal(first(ask('web-1', 'fd00:2::10', { ports: [...ports, second] })), 'r2');
  assert.equal(ask('web-1', 'fd00:2::10', { ports }).reason?.code, 'NO_ROUTER');
});

const DROPS: readonly (readonly [string, string, string, string, Partial<Model>, RegExp])[] = [
  ['no gateway', 'alone-1', '10.0.2.10', 'NO_GATEWAY', {}, /alone-1, whose subnet has neither a gateway/],
  [
    'no router',
    'web-1',
    '10.0.2.10',
    'NO_ROUTER',
    without('r1-web'),
    /no router in service has the address 10\.0\.1\.1/,
  ],
  [
    'a router that is down',
    'web-1',
    '10.0.2.10',
    'NO_ROUTER',
    { routers: MODEL.routers.map((each) => ({ ...each, adminStateUp: false })) },
    /no router in service/,
  ],
  [
    'an interface that is down',
    'web-1',
    '10.0.2.10',
    'NO_ROUTE',
    changedPort('r1-db', { adminStateUp: false }),
    /router r1 has no route to 10\.0\.2\.10/,
  ],
  ['no route', 'web-1', '192.0.2.77', 'NO_ROUTE', {}, /router r1 has no route to 192\.0\.2\.77/],
  [
    'no next hop',
    'web-1',
    '203.0.113.200',
    'NO_NEXT_HOP',
    {},
    /r1 reaches 203\.0\.113\.200 by 10\.0\.2\.77, which nobody on segment db has/,
  ],
  [
    'nobody behind the router',
    'web-1',
    '10.0.2.77',
    'UNKNOWN_DESTINATION',
    {},
    /no port of segment db has the address 10\.0\.2\.77/,
  ],
  ['a loop', 'web-1', '203.0.113.5', 'ROUTING_LOOP', {}, /round and round: from r1 to r2 to r1$/],
];

for (const [what, from, to, code, changes, words] of DROPS) {
  test(`${what}: ${code}`, () => {
    const result = ask(from, to, changes);
    assert.equal(brief(result), `drop there ${code}`);
    assert.match(result.reason?.message ?? '', words);
    assert.doesNotMatch(result.reason?.message ?? '', /[{}]/);
  });
}

test('what meets a router is not sent live, with a code', () => {
  const plan = (from: string, to: string) =>
    probePlan({ from, to, protocol: 'icmp' }, loomWorld(weave(MODEL)), '0123456789abcdef');
  for (const to of ['10.0.2.10', '10.0.1.1', '192.0.2.77', '203.0.113.5']) {
    const found = plan('web-1', to);
    assert.ok(typeof found === 'string', to);
    assert.match(found, /^LIVE_ROUTED: the packet or its reply meets router r1, .* port web-1\.$/);
  }
  assert.ok(typeof plan('alone-1', '10.0.4.77') === 'object');
});
