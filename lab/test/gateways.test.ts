import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelOf } from '../src/scenario/model.ts';
import { parseScenario } from '../src/scenario/parse-scenario.ts';
import type { Scenario } from '../src/scenario/scenario.ts';

/** Lines 1 to 11; routers begin in line 12. */
const OUTSIDE = `hosts: { h1: {}, h2: {} }
networks:
  internet: { cidr: [203.0.113.0/24, "fd00:9::/64"], external: true }
  six: { cidr: "fd00:8::/64", external: true }
  web: { cidr: 10.0.0.0/24 }
  db: { cidr: 10.0.1.0/24 }
  v6: { cidr: "fd00:1::/64" }
workloads:
  web-1: { host: h1, network: web, ip: 10.0.0.11 }
  v6-1: { host: h1, network: v6 }
  out: { host: h2, network: internet, ip: 203.0.113.9 }
`;

function scenarioOf(rest: string): Scenario {
  const parsed = parseScenario(`${OUTSIDE}${rest}`, 's.yaml');
  if ('errors' in parsed) throw new Error(JSON.stringify(parsed.errors));
  return parsed.scenario;
}

test('a router leads outside by an external network, with its own address for all unless the file says otherwise', () => {
  const { routers, networks } = scenarioOf(`routers:
  r1: { networks: [web], gateway: { network: internet } }
  r2: { gateway: { network: internet, ip: 203.0.113.5, host: h2, snat: false } }
`);
  assert.deepEqual(
    routers.map(({ gateway }) => gateway),
    [
      { network: 'internet', host: null, snat: true, ip: null },
      { network: 'internet', host: 'h2', snat: false, ip: '203.0.113.5' },
    ],
  );
  assert.deepEqual(
    networks.filter(({ external }) => external).map(({ name }) => name),
    ['internet', 'six'],
  );
});

test('a floating IP is of the router that can be meant, and expectations name it by its workload', () => {
  const { floatingIps, expect } = scenarioOf(`routers:
  r1: { networks: [web], gateway: { network: internet } }
  r2: { networks: [{ network: web, ip: 10.0.0.254 }] }
floatingIps:
  web-1: { ip: 203.0.113.11 }
expect:
  - out -> fip(web-1) tcp/80 pass
`);
  assert.deepEqual(floatingIps, [{ workload: 'web-1', router: 'r1', network: 'internet', ip: '203.0.113.11' }]);
  const [line] = expect;
  assert.ok(line?.kind === 'reach');
  assert.deepEqual([line.to, line.family], [{ kind: 'floatingIp', name: 'web-1' }, 4]);
});

test('a machine outside can be the next hop of gateways, one inside cannot have the address of its own', () => {
  const outside = OUTSIDE.replace('ip: 203.0.113.9', 'ip: 203.0.113.1');
  assert.ok('scenario' in parseScenario(outside, 's.yaml'));
  const inside = parseScenario(OUTSIDE.replace('ip: 10.0.0.11', 'ip: 10.0.0.1'), 's.yaml');
  assert.ok('errors' in inside && inside.errors[0]?.code === 'LAB_ADDRESS_RESERVED');
});

const GATEWAY = 'r1: { networks: [web], gateway: { network: internet, ip: 203.0.113.5 } }';

for (const [what, lines, code, words] of [
  ['no network', ['r: { gateway: { host: h1 } }'], '13:17 LAB_MISSING_KEY', /needs "network"/],
  [
    'an unknown network',
    ['r: { gateway: { network: internett } }'],
    '13:28 LAB_UNKNOWN_REFERENCE',
    /did you mean "internet"/,
  ],
  [
    'a network inside',
    ['r: { gateway: { network: web } }'],
    '13:28 LAB_GATEWAY',
    /network "web", which is not external/,
  ],
  [
    'an unknown host',
    ['r: { gateway: { network: internet, host: h9 } }'],
    '13:44 LAB_UNKNOWN_REFERENCE',
    /no host "h9"/,
  ],
  ['an address elsewhere', ['r: { gateway: { network: internet, ip: 10.0.0.5 } }'], '13:42 LAB_ADDRESS_OUTSIDE', /./],
  [
    'the address of a machine',
    ['r: { gateway: { network: internet, ip: 203.0.113.9 } }'],
    '13:42 LAB_ADDRESS_TAKEN',
    /already the address of out/,
  ],
  [
    'the address of the next hop',
    ['r: { gateway: { network: internet, ip: 203.0.113.1 } }'],
    '13:42 LAB_ADDRESS_RESERVED',
    /the gateway/,
  ],
  ['an automatic address', ['r: { gateway: { network: internet, ip: "fd00:9::5" } }'], '13:42 LAB_ADDRESS_SLAAC', /./],
  [
    'a network that the router is on',
    ['r: { networks: [{ network: internet, ip: 203.0.113.7 }], gateway: { network: internet } }'],
    '13:69 LAB_ROUTER',
    /overlaps/,
  ],
] as const) {
  test(`a gateway that cannot be: ${what}`, () =>
    expectProblem(['routers:', ...lines.map((line) => `  ${line}`)], code, words));
}

for (const [what, line, code, words] of [
  ['of nobody', 'web-9: {}', '15:3 LAB_UNKNOWN_REFERENCE', /no workload "web-9", did you mean "web-1"/],
  ['without a router', 'out: {}', '15:3 LAB_FLOATING_IP', /no router with a gateway is on network "internet"/],
  ['of an unknown router', 'web-1: { router: r9 }', '15:20 LAB_UNKNOWN_REFERENCE', /no router "r9"/],
  ['of IPv6', 'v6-1: {}', '15:3 LAB_FLOATING_IP', /no router with a gateway/],
  [
    'with the address of a gateway',
    'web-1: { ip: 203.0.113.5 }',
    '15:16 LAB_ADDRESS_TAKEN',
    /the gateway of router r1/,
  ],
  ['elsewhere', 'web-1: { ip: 192.0.2.5 }', '15:16 LAB_ADDRESS_OUTSIDE', /203\.0\.113\.0\/24/],
  ['with an unknown key', 'web-1: { address: 203.0.113.7 }', '15:12 LAB_UNKNOWN_KEY', /Keys here|no key/],
] as const) {
  test(`a floating IP that cannot be: ${what}`, () =>
    expectProblem(['routers:', `  ${GATEWAY}`, 'floatingIps:', `  ${line}`], code, words));
}

test('a floating IP needs a router by name where two can be meant, and IPv4 on both sides', () => {
  const second = 'r2: { networks: [{ network: web, ip: 10.0.0.254 }], gateway: { network: internet } }';
  const two = ['routers:', `  ${GATEWAY}`, `  ${second}`, 'floatingIps:'];
  expectProblem([...two, '  web-1: {}'], '16:3 LAB_FLOATING_IP', /router "r1" or "r2": say which/);
  assert.equal(scenarioOf([...two, '  web-1: { router: r2 }', ''].join('\n')).floatingIps[0]?.router, 'r2');
  const db = ['routers:', `  ${GATEWAY}`, '  r2: { networks: [db] }', 'floatingIps:', '  web-1: { router: r2 }'];
  expectProblem(db, '16:3 LAB_FLOATING_IP', /router "r2" does not have a gateway and an interface on network "web"/);
  const six = ['routers:', '  r: { networks: [v6], gateway: { network: internet } }', 'floatingIps:', '  v6-1: {}'];
  expectProblem(six, '15:3 LAB_FLOATING_IP', /network "v6" has no IPv4/);
  const out = ['routers:', '  r: { networks: [web], gateway: { network: six } }', 'floatingIps:', '  web-1: {}'];
  expectProblem(out, '15:3 LAB_FLOATING_IP', /network "six" has no IPv4/);
});

test('an expectation of a floating IP that is not there', () => {
  expectProblem(['expect:', '  - out -> fip(web-1) icmp pass'], '13:5 LAB_EXPECTATION', /"web-1" has no floating IP/);
  expectProblem(['expect:', '  - out -> fip(web-9) icmp pass'], '13:5 LAB_UNKNOWN_REFERENCE', /no workload "web-9"/);
});

test('in the model a gateway is on the host of the file or its first, and addresses outside are those asked for or free ones', () => {
  const model = modelOf(
    scenarioOf(`routers:
  r1: { networks: [web], gateway: { network: internet } }
  r2: { networks: [db], gateway: { network: internet, ip: 203.0.113.3, host: h2, snat: false } }
floatingIps: { web-1: {} }
`),
  );
  const { routers, ports, floatingIps, portOf, floatingIpOf } = model;
  const ways = ports.filter(({ deviceOwner }) => deviceOwner === 'network:router_gateway');
  assert.deepEqual(
    routers.map(({ gateway }) => gateway),
    [
      { port: ways[0]?.id, host: 'h1', snat: true },
      { port: ways[1]?.id, host: 'h2', snat: false },
    ],
  );
  // .1 is the next hop's, .2 the DHCP server's, .3 asked for.
  assert.deepEqual(
    ways.map(({ fixedIps, deviceId }) => [fixedIps[0]?.ip, deviceId]),
    [
      ['203.0.113.4', routers[0]?.id],
      ['203.0.113.3', routers[1]?.id],
    ],
  );
  const [floating] = floatingIps;
  assert.deepEqual(
    [floating?.address, floating?.routerId, floating?.fixedAddress],
    ['203.0.113.5', routers[0]?.id, portOf.get('web-1')?.fixedIps[0]?.ip],
  );
  assert.equal(floatingIpOf.get('web-1'), floating);
});

function expectProblem(lines: readonly string[], code: string, words: RegExp): void {
  const parsed = parseScenario(`${OUTSIDE}${lines.join('\n')}\n`, 's.yaml');
  assert.ok('errors' in parsed);
  assert.deepEqual(
    parsed.errors.map(({ line, column, code: found }) => `${line}:${column} ${found}`),
    [code],
  );
  assert.match(parsed.errors[0]?.message ?? '', words);
}
