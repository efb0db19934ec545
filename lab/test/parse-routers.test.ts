import assert from 'node:assert/strict';
import test from 'node:test';
import { parseScenario } from '../src/scenario/parse-scenario.ts';
import { problemsOf, scenarioOf } from './parsed.ts';

const TOP = 'hosts: {h1: {}}\nnetworks: {n: {cidr: 10.0.0.0/24}}\n';

const ROUTED = `hosts: { h1: {} }
networks:
  web: { cidr: [10.0.1.0/24, "fd00:1::/64"] }
  db: { cidr: 10.0.2.0/24 }
  twin: { cidr: 10.0.2.0/25 }
workloads: { a: { host: h1, network: db, ip: 10.0.2.9 } }
`;

test('a router takes the gateway addresses of its networks, or those that are named', () => {
  const { routers } = scenarioOf(`${ROUTED}routers:
  r1: { networks: [web, db], routes: [{ to: 198.51.100.9/24, via: 10.0.2.9 }] }
  r2: { networks: { network: db, ip: 10.0.2.254 }, adminStateUp: false }
  r3: {}
`);
  assert.deepEqual(routers, [
    {
      ...{ name: 'r1', adminStateUp: true },
      legs: [
        { network: 'web', ips: [] },
        { network: 'db', ips: [] },
      ],
      routes: [{ destination: '198.51.100.0/24', nexthop: '10.0.2.9' }],
      gateway: null,
    },
    { name: 'r2', adminStateUp: false, legs: [{ network: 'db', ips: ['10.0.2.254'] }], routes: [], gateway: null },
    { name: 'r3', adminStateUp: true, legs: [], routes: [], gateway: null },
  ]);
});

for (const [what, line, code, words] of [
  [
    'an unknown network',
    'r: { networks: [wep] }',
    '8:19 LAB_UNKNOWN_REFERENCE',
    /no network "wep", did you mean "web"/,
  ],
  ['an unknown key', 'r: { network: [web] }', '8:8 LAB_UNKNOWN_KEY', /did you mean "networks"/],
  ['a network twice', 'r: { networks: [db, db] }', '8:23 LAB_ROUTER', /network "db": it is there already/],
  [
    'prefixes that overlap',
    'r: { networks: [db, twin] }',
    '8:23 LAB_ROUTER',
    /10\.0\.2\.0\/25 overlaps 10\.0\.2\.0\/24/,
  ],
  [
    'a gateway twice',
    'r: { networks: db }\n  s: { networks: db }',
    '9:18 LAB_ROUTER',
    /10\.0\.2\.1 is already the address of router r$/,
  ],
  [
    'the address of a workload',
    'r: { networks: [{ network: db, ip: 10.0.2.9 }] }',
    '8:19 LAB_ROUTER',
    /10\.0\.2\.9 is already the address of a$/,
  ],
  ['no address', 'r: { networks: [{ network: db, ip: ten }] }', '8:38 LAB_ADDRESS', /"ten" is no IP address/],
  [
    'an address outside',
    'r: { networks: [{ network: db, ip: 10.0.3.9 }] }',
    '8:38 LAB_ADDRESS_OUTSIDE',
    /10\.0\.3\.9 is in no prefix of network db/,
  ],
  [
    'the broadcast address',
    'r: { networks: [{ network: db, ip: 10.0.2.255 }] }',
    '8:38 LAB_ADDRESS_RESERVED',
    /the broadcast address/,
  ],
  [
    'a chosen automatic address',
    'r: { networks: [{ network: web, ip: "fd00:1::9" }] }',
    '8:39 LAB_ADDRESS_SLAAC',
    /fd00:1::9 cannot be chosen/,
  ],
  [
    'a route to no prefix',
    'r: { networks: db, routes: [{ to: 10.9.0.0, via: 10.0.2.9 }] }',
    '8:37 LAB_CIDR',
    /"10\.9\.0\.0" is no network prefix/,
  ],
  [
    'a route by no address',
    'r: { networks: db, routes: [{ to: 10.9.0.0/16, via: a }] }',
    '8:55 LAB_ADDRESS',
    /"a" is no IP address/,
  ],
  [
    'a route without next hop',
    'r: { networks: db, routes: [{ to: 10.9.0.0/16 }] }',
    '8:31 LAB_MISSING_KEY',
    /needs "via"/,
  ],
  [
    'a next hop elsewhere',
    'r: { networks: db, routes: [{ to: 10.9.0.0/16, via: 10.0.1.9 }] }',
    '8:31 LAB_ROUTER_ROUTE',
    /10\.0\.1\.9 is on none of its networks/,
  ],
  [
    'a router as its own next hop',
    'r: { networks: db, routes: [{ to: 10.9.0.0/16, via: 10.0.2.1 }] }',
    '8:31 LAB_ROUTER_ROUTE',
    /10\.0\.2\.1 is its own address/,
  ],
  [
    'a next hop of another family',
    'r: { networks: db, routes: [{ to: "fd00:9::/64", via: 10.0.2.9 }] }',
    '8:31 LAB_ROUTER_ROUTE',
    /not of one IP version/,
  ],
] as const) {
  test(`a router that cannot be: ${what}`, () => {
    const parsed = parseScenario(`${ROUTED}routers:\n  ${line}\n`, 's.yaml');
    assert.ok('errors' in parsed);
    assert.deepEqual(
      parsed.errors.map(({ line: at, column, code: found }) => `${at}:${column} ${found}`),
      [code],
    );
    assert.match(parsed.errors[0]?.message ?? '', words);
  });
}

test('a workload can forward to what is behind it', () => {
  const { workloads } = scenarioOf(`${TOP}workloads: { a: { host: h1, network: n, behind: 198.51.100.7/24 } }`);
  assert.deepEqual(workloads[0]?.behind, ['198.51.100.7/24']);
  const own = `${TOP}workloads: { a: { host: h1, network: n, behind: [198.51.100.1/24, 198.51.100.9] } }`;
  assert.deepEqual(problemsOf(own), ['3:50 LAB_ADDRESS_RESERVED', '3:67 LAB_CIDR']);
});
