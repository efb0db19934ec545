import assert from 'node:assert/strict';
import test from 'node:test';
import { parseScenario } from '../src/scenario/parse-scenario.ts';
import { formatProblem } from '../src/scenario/problems.ts';
import type { Scenario } from '../src/scenario/scenario.ts';

function problemsOf(text: string): string[] {
  const parsed = parseScenario(text, 's.yaml');
  assert.ok('errors' in parsed, 'the scenario has no mistakes');
  return parsed.errors.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

function scenarioOf(text: string): Scenario {
  const parsed = parseScenario(text, 's.yaml');
  assert.ok('scenario' in parsed, 'errors' in parsed ? parsed.errors.map(formatProblem).join('\n') : '');
  return parsed.scenario;
}

const GOOD = `hosts: { h1: {}, h2: { driver: bridge } }
networks:
  n: { cidr: [10.0.0.9/24, "FD00:0::/64"], routes: [10.9.0.0/16 via 10.0.0.5], dns: 10.0.0.53, domain: a.example }
  m: { cidr: "fd01::/64" }
workloads:
  a: { host: h1, network: n, ip: 10.0.0.5, mac: FA-16-3E-00-00-01, options: { mtu: 1400 } }
  b: { host: h2, network: n, hostname: other }
  c: { host: h2, network: m }
expect:
  - a -> b tcp/80 pass
  - b  ->  a v6 icmp drop
  - c -> fd01::9 icmp drop
  - a resolves other.a.example to b
`;

test('a scenario is read into canonical form', () => {
  const { hosts, networks, workloads, underlayMtu } = scenarioOf(GOOD);
  assert.equal(underlayMtu, 1500);
  assert.deepEqual(hosts[0], { name: 'h1', driver: 'bridge' });
  const [n] = networks;
  assert.deepEqual(
    n?.subnets.map(({ cidr }) => cidr),
    ['10.0.0.0/24', 'fd00::/64'],
  );
  assert.deepEqual(n?.routes, [{ destination: '10.9.0.0/16', nexthop: '10.0.0.5' }]);
  assert.deepEqual([n?.dns, n?.domain, n?.ipv6, n?.mtu], [['10.0.0.53'], 'a.example', 'slaac', null]);
  const [a, b] = workloads;
  assert.deepEqual([a?.mac, a?.options, a?.hostname], ['fa:16:3e:00:00:01', { mtu: '1400' }, 'a']);
  assert.equal(b?.hostname, 'other');
});

test('expectations say who asks whom for what', () => {
  const [tcp, icmp, bare, name] = scenarioOf(GOOD).expect;
  assert.deepEqual(tcp, {
    kind: 'reach',
    text: 'a -> b tcp/80 pass',
    line: 10,
    from: 'a',
    to: { kind: 'workload', name: 'b' },
    family: 4,
    protocol: 'tcp',
    port: 80,
    verdict: 'pass',
  });
  assert.ok(icmp?.kind === 'reach' && icmp.family === 6 && icmp.port === null && icmp.verdict === 'drop');
  assert.ok(bare?.kind === 'reach' && bare.family === 6 && bare.to.kind === 'address' && bare.to.ip === 'fd01::9');
  assert.deepEqual(name?.kind === 'resolve' && [name.name, name.to, name.verdict], ['other.a.example', 'b', 'pass']);
});

const TOP = 'hosts: {h1: {}}\nnetworks: {n: {cidr: 10.0.0.0/24}}\n';

for (const [what, text, wanted] of [
  ['a wrong key at the top', `${TOP}worklods: {}\nworkloads: {}`, ['3:1 LAB_UNKNOWN_KEY']],
  [
    'a wrong key inside',
    'hosts: {h1: {}}\nnetworks:\n  n: {cidr: 10.0.0.0/24, mtux: 9}\nworkloads: {}',
    ['3:26 LAB_UNKNOWN_KEY'],
  ],
  ['a missing key', `${TOP}workloads:\n  a: {host: h1}`, ['4:6 LAB_MISSING_KEY']],
  ['missing parts', 'hosts: {}\n', ['1:1 LAB_MISSING_KEY', '1:1 LAB_MISSING_KEY']],
  ['an unknown host', `${TOP}workloads:\n  a: {host: h2, network: n}`, ['4:13 LAB_UNKNOWN_REFERENCE']],
  ['an unknown network', `${TOP}workloads:\n  a: {host: h1, network: nn}`, ['4:26 LAB_UNKNOWN_REFERENCE']],
  ['a name twice', 'hosts: {h1: {},\n h1: {}}\nnetworks: {}\nworkloads: {}', ['2:2 LAB_DUPLICATE']],
  ['a workload named like a host', `${TOP}workloads:\n  h1: {host: h1, network: n}`, ['4:3 LAB_DUPLICATE']],
  ['a name that is no label', `${TOP}workloads:\n  a_b: {host: h1, network: n}`, ['4:3 LAB_NAME']],
  ['an unknown driver', 'hosts: {h1: {driver: brdge}}\nnetworks: {}\nworkloads: {}', ['1:22 LAB_VALUE']],
  ['a prefix without length', 'hosts: {h1: {}}\nnetworks: {n: {cidr: 10.0.0.0}}\nworkloads: {}', ['2:22 LAB_CIDR']],
  [
    'prefixes that overlap',
    'hosts: {h1: {}}\nnetworks: {n: {cidr: [10.0.0.0/8, 10.1.0.0/16]}}\nworkloads: {}',
    ['2:35 LAB_CIDR_OVERLAP'],
  ],
  ['SLAAC without /64', 'hosts: {h1: {}}\nnetworks: {n: {cidr: "fd00::/80"}}\nworkloads: {}', ['2:22 LAB_CIDR']],
  [
    'an mtu beyond the underlay',
    'hosts: {h1: {}}\nnetworks: {n: {cidr: 10.0.0.0/24, mtu: 1451}}\nworkloads: {}',
    ['2:40 LAB_MTU'],
  ],
  ['an address outside', `${TOP}workloads:\n  a: {host: h1, network: n, ip: 10.0.1.5}`, ['4:33 LAB_ADDRESS_OUTSIDE']],
  [
    'the gateway as address',
    `${TOP}workloads:\n  a: {host: h1, network: n, ip: 10.0.0.1}`,
    ['4:33 LAB_ADDRESS_RESERVED'],
  ],
  [
    'the broadcast address',
    `${TOP}workloads:\n  a: {host: h1, network: n, ip: 10.0.0.255}`,
    ['4:33 LAB_ADDRESS_RESERVED'],
  ],
  [
    'an address twice',
    `${TOP}workloads:\n  a: {host: h1, network: n, ip: 10.0.0.5}\n  b: {host: h1, network: n, ip: 10.0.0.5}`,
    ['5:33 LAB_ADDRESS_TAKEN'],
  ],
  [
    'a MAC twice',
    `${TOP}workloads:\n  a: {host: h1, network: n, mac: "02:00:00:00:00:01"}\n  b: {host: h1, network: n, mac: 02-00-00-00-00-01}`,
    ['5:34 LAB_MAC_TAKEN'],
  ],
  ['a group MAC', `${TOP}workloads:\n  a: {host: h1, network: n, mac: "01:00:5e:00:00:01"}`, ['4:34 LAB_MAC']],
  [
    'a chosen SLAAC address',
    'hosts: {h1: {}}\nnetworks: {n: {cidr: "fd00::/64"}}\nworkloads:\n  a: {host: h1, network: n, ip: "fd00::5"}',
    ['4:33 LAB_ADDRESS_SLAAC'],
  ],
  ['a number for a mapping', 'hosts: 3\nnetworks: {}\nworkloads: {}', ['1:8 LAB_WRONG_TYPE']],
  [
    'a wrong type of a flag',
    'hosts: {}\nnetworks: {n: {cidr: 10.0.0.0/24, dhcp: "no"}}\nworkloads: {}',
    ['2:41 LAB_WRONG_TYPE'],
  ],
  ['broken YAML', 'hosts: [\n', ['2:1 LAB_YAML']],
  ['no mapping at all', '[1, 2]', ['1:1 LAB_WRONG_TYPE']],
  ['an empty file', '', ['1:1 LAB_MISSING_KEY', '1:1 LAB_MISSING_KEY', '1:1 LAB_MISSING_KEY']],
] as const) {
  test(`the mistake is found where it stands: ${what}`, () => assert.deepEqual(problemsOf(text), wanted));
}

for (const line of [
  'a -> a tcp pass',
  'a -> a tcp/0 pass',
  'a -> a tcp/70000 pass',
  'a -> a sctp/5 pass',
  'a -> a icmp',
  'a > a icmp pass',
  'a -> a v6 icmp pass',
  'a resolves',
]) {
  test(`an expectation that cannot be read: ${line}`, () => {
    const text = `${TOP}workloads:\n  a: {host: h1, network: n}\nexpect:\n  - ${line}\n`;
    assert.deepEqual(problemsOf(text), ['6:5 LAB_EXPECTATION']);
  });
}

test('all mistakes of a file are reported together, in its order', () => {
  const found = problemsOf(`hosts: {H: {}}
networks: {n: {cidr: x/y}}
workloads:
  a: {host: h1, network: n}
expect:
  - a -> nobody icmp pass
`);
  assert.deepEqual(found, ['1:9 LAB_NAME', '2:22 LAB_CIDR', '4:13 LAB_UNKNOWN_REFERENCE', '6:5 LAB_UNKNOWN_REFERENCE']);
});

test('a message names file, line, column, code, what is meant and what is allowed', () => {
  const parsed = parseScenario(
    'hosts: {h1: {}}\nnetworks: {n: {cdir: 10.0.0.0/24, cidr: 10.0.0.0/24}}\nworkloads: {}',
    's.yaml',
  );
  assert.ok('errors' in parsed && parsed.errors[0] !== undefined);
  assert.equal(
    formatProblem(parsed.errors[0]),
    's.yaml:2:16: LAB_UNKNOWN_KEY: "cdir" is no key of network "n", did you mean "cidr"? Keys here: cidr, mtu, flood, dhcp, ipv6, dns, routes, domain.',
  );
});
