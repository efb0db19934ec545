import assert from 'node:assert/strict';
import test from 'node:test';
import { parseScenario } from '../src/scenario/parse-scenario.ts';
import { formatProblem } from '../src/scenario/problems.ts';
import { hasDefaultEgress } from '../src/scenario/scenario.ts';
import { problemsOf, scenarioOf } from './parsed.ts';

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
    as: null,
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
  ['an unknown group', `${TOP}workloads:\n  a: {host: h1, network: n, groups: [webb]}`, ['4:38 LAB_UNKNOWN_REFERENCE']],
  [
    'an unknown group in a rule',
    `${TOP}securityGroups:\n  web: [ingress tcp 80 from group wen]\nworkloads: {}`,
    ['4:9 LAB_UNKNOWN_REFERENCE'],
  ],
  [
    'an unknown address group in a rule',
    `${TOP}addressGroups: {office: 10.0.0.0/8}\nsecurityGroups:\n  web:\n    - egress tcp 80 to addressGroup ofice\nworkloads: {}`,
    ['6:7 LAB_UNKNOWN_REFERENCE'],
  ],
  [
    'a rule twice',
    `${TOP}securityGroups:\n  web: [ingress tcp from any, ingress v4 tcp from any]\nworkloads: {}`,
    ['4:31 LAB_RULE'],
  ],
  ['the default group', `${TOP}securityGroups:\n  default: []\nworkloads: {}`, ['4:3 LAB_DEFAULT_GROUP']],
  [
    'an unknown key of a group',
    `${TOP}securityGroups:\n  web: {statefull: no}\nworkloads: {}`,
    ['4:9 LAB_UNKNOWN_KEY'],
  ],
  ['an address group with a name in it', `${TOP}addressGroups: {office: desk}\nworkloads: {}`, ['3:25 LAB_CIDR']],
  [
    'groups without port security',
    `${TOP}workloads:\n  a: {host: h1, network: n, portSecurity: false, groups: [default]}`,
    ['4:58 LAB_NO_PORT_SECURITY'],
  ],
  [
    'an unknown key of a firewall',
    `${TOP}workloads: {}\nfirewalls:\n  f: {ingres: [allow any]}`,
    ['5:7 LAB_UNKNOWN_KEY'],
  ],
  [
    'an unknown workload in a firewall',
    `${TOP}workloads:\n  web-1: {host: h1, network: n}\nfirewalls:\n  f: {workloads: [web-2]}`,
    ['6:19 LAB_UNKNOWN_REFERENCE'],
  ],
  [
    'a workload in two firewalls',
    `${TOP}workloads:\n  a: {host: h1, network: n}\nfirewalls:\n  f: {workloads: a}\n  g: {workloads: a}`,
    ['7:18 LAB_FIREWALL_WORKLOAD'],
  ],
  [
    'a workload without port security in a firewall',
    `${TOP}workloads:\n  a: {host: h1, network: n, portSecurity: false}\nfirewalls:\n  f: {workloads: [a]}`,
    ['6:19 LAB_FIREWALL_WORKLOAD'],
  ],
  ['the default firewall', `${TOP}workloads: {}\nfirewalls:\n  default: {}`, ['5:3 LAB_DEFAULT_GROUP']],
  [
    'a wrong type of a flag of a firewall',
    `${TOP}workloads: {}\nfirewalls:\n  f: {adminStateUp: down}`,
    ['5:21 LAB_WRONG_TYPE'],
  ],
  ['a pair that is none', `${TOP}workloads:\n  a: {host: h1, network: n, pairs: [10.0.0.9 x]}`, ['4:37 LAB_PAIR']],
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
  'a as b -> a icmp pass',
  'a as fd00::1 -> 10.0.0.5 icmp pass',
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
    's.yaml:2:16: LAB_UNKNOWN_KEY: "cdir" is no key of network "n", did you mean "cidr"? Keys here: cidr, mtu, flood, dhcp, ipv6, dns, routes, domain, external.',
  );
});

/** The rules of a group "g" with one line. */
function rulesOf(line: string) {
  const text = `${TOP}addressGroups: {office: [10.9.0.0/16]}\nsecurityGroups:\n  g:\n    - ${line}\nworkloads: {}`;
  return scenarioOf(text).securityGroups[0]?.rules.map((rule) => {
    const { direction, family, protocol, min, max, remote } = rule;
    return { direction, family, protocol, min, max, remote };
  });
}

test('a rule says direction, family, protocol, ports and the other end', () => {
  const open = { protocol: null, min: null, max: null, remote: { kind: 'any' } } as const;
  const tcp = { ...open, direction: 'ingress', protocol: 6, min: 80, max: 80 } as const;
  assert.deepEqual(rulesOf('ingress tcp 80 from any'), [
    { ...tcp, family: 4 },
    { ...tcp, family: 6 },
  ]);
  assert.deepEqual(rulesOf('ingress v6 tcp 80 from any'), [{ ...tcp, family: 6 }]);
  const dns = { ...open, direction: 'egress', family: 4, protocol: 17, min: 53, max: 53 } as const;
  assert.deepEqual(rulesOf('egress udp 53 to 10.0.0.9/8'), [
    { ...dns, remote: { kind: 'prefix', prefix: '10.0.0.0/8' } },
  ]);
  assert.deepEqual(rulesOf('egress udp 53 to fd00::1'), [
    { ...dns, family: 6, remote: { kind: 'prefix', prefix: 'fd00::1/128' } },
  ]);
  assert.deepEqual(rulesOf('ingress tcp 8000-8100 from addressGroup office')?.[0], {
    ...{ ...tcp, family: 4, min: 8000, max: 8100 },
    remote: { kind: 'addressGroup', name: 'office' },
  });
  const ping = { ...open, direction: 'ingress' } as const;
  assert.deepEqual(
    rulesOf('ingress icmp from group g')?.map(({ family, protocol, remote }) => [family, protocol, remote]),
    [
      [4, 1, { kind: 'group', name: 'g' }],
      [6, 58, { kind: 'group', name: 'g' }],
    ],
  );
  assert.deepEqual(rulesOf('ingress icmp type 8 code 0 from any'), [
    { ...ping, family: 4, protocol: 1, min: 8, max: 0 },
  ]);
  assert.deepEqual(rulesOf('ingress v6 icmp type 128 from any'), [{ ...ping, family: 6, protocol: 58, min: 128 }]);
  assert.deepEqual(rulesOf('ingress v4 47 from any'), [{ ...ping, family: 4, protocol: 47 }]);
});

for (const [line, words] of [
  ['ingres tcp 80 from any', /"ingres" is not one of ingress, egress, did you mean "ingress"\?/],
  ['ingress tpc 80 from any', /did you mean "tcp"\?/],
  ['ingress tcp 80 to any', /an ingress rule says what it is from/],
  ['egress tcp 80 from any', /an egress rule says what it is to/],
  ['ingress tcp 0 from any', /"0" is neither a port nor a range/],
  ['ingress tcp 90-80 from any', /"90-80"/],
  ['ingress tcp 1-70000 from any', /"1-70000"/],
  ['ingress tcp 80- from any', /"80-"/],
  ['ingress udp type 8 from any', /"type 8" cannot stand there/],
  ['ingress icmp 8 from any', /"8" cannot stand there/],
  ['ingress icmp type 256 from any', /is not "type NUMBER"/],
  ['ingress 300 from any', /"300" is not one of/],
  ['ingress any 80 from any', /"80" cannot stand there/],
  ['ingress v6 tcp 80 from 10.0.0.0/8', /its address is not IPv6/],
  ['ingress tcp 80 from', /"" is not any, an address/],
  ['ingress tcp 80 from grup web', /"grup" is not one of group, addressGroup, did you mean "group"\?/],
  ['ingress tcp 80 from group web db', /too many words/],
] as const) {
  test(`a rule that cannot be read: ${line}`, () => {
    const parsed = parseScenario(`${TOP}securityGroups:\n  g: [${line}]\nworkloads: {}`, 's.yaml');
    assert.ok('errors' in parsed);
    assert.deepEqual(
      parsed.errors.map(({ line: at, column, code }) => `${at}:${column} ${code}`),
      ['4:7 LAB_RULE'],
    );
    assert.match(parsed.errors[0]?.message ?? '', words);
  });
}

/** The rules for what comes in of a firewall with one line. */
function firewallRulesOf(line: string) {
  const { firewalls } = scenarioOf(`${TOP}workloads: {}\nfirewalls:\n  f:\n    ingress:\n      - ${line}`);
  return firewalls[0]?.ingress?.map((rule) => {
    const { enabled, action, family, protocol, source, destination, sourcePorts, destinationPorts } = rule;
    return { enabled, action, family, protocol, source, destination, sourcePorts, destinationPorts };
  });
}

test('a firewall rule says action, family, protocol, ports and both ends', () => {
  const ends = { source: null, destination: null, sourcePorts: null, destinationPorts: null } as const;
  const rule = { ...ends, enabled: true, action: 'allow', protocol: null } as const;
  const both = [4, 6].map((family) => ({ ...rule, family }));
  assert.deepEqual(firewallRulesOf('allow any'), both);
  assert.deepEqual(firewallRulesOf('allow any from any to any'), both);
  assert.deepEqual(
    firewallRulesOf('disabled deny icmp'),
    [1, 58].map((protocol, i) => ({ ...rule, enabled: false, action: 'deny', protocol, family: i === 0 ? 4 : 6 })),
  );
  assert.deepEqual(firewallRulesOf('reject v6 tcp 22'), [
    { ...rule, action: 'reject', family: 6, protocol: 6, destinationPorts: [22, 22] },
  ]);
  assert.deepEqual(firewallRulesOf('allow udp 8000-8100 from 10.0.0.9/8 port 53 to 10.0.0.7'), [
    {
      ...{ ...rule, family: 4, protocol: 17, source: '10.0.0.0/8', destination: '10.0.0.7/32' },
      ...{ sourcePorts: [53, 53], destinationPorts: [8000, 8100] },
    },
  ]);
  assert.deepEqual(firewallRulesOf('allow sctp to FD00::/8'), [
    { ...rule, family: 6, protocol: 132, destination: 'fd00::/8' },
  ]);
});

for (const [line, words] of [
  ['alow tcp 80', /"alow" is not one of allow, deny, reject, did you mean "allow"\?/],
  ['disabled', /"disabled" is not one of allow/],
  ['allow', /"" is not one of any, icmp/],
  ['allow from 10.0.0.0/8', /"from" is not one of any, icmp/],
  ['deny tpc 80', /did you mean "tcp"\?/],
  ['deny 47', /"47" is not one of any, icmp/],
  ['allow tcp 0', /"0" is neither a port nor a range/],
  ['allow tcp 80 81', /"80 81" cannot stand there/],
  ['allow icmp 8', /"8" cannot stand there: tcp and udp have ports/],
  ['allow any from any port 5', /"5" cannot stand there/],
  ['allow tcp from any port', /"port" says no ports/],
  ['allow tcp from any prot 5', /"prot" is not one of port, to, did you mean "port"\?/],
  ['allow tcp from group web', /"web" is not one of port, to/],
  ['allow tcp from web', /"web" is not any, an address or a prefix/],
  ['allow tcp to 10.0.0.1 from 10.0.0.2', /"10.0.0.1 from 10.0.0.2" is not any, an address/],
  ['allow v6 tcp from 10.0.0.1', /its addresses are not of one IP version/],
  ['allow tcp from 10.0.0.1 to fd00::1', /its addresses are not of one IP version/],
] as const) {
  test(`a firewall rule that cannot be read: ${line}`, () => {
    const parsed = parseScenario(`${TOP}workloads: {}\nfirewalls:\n  f: {egress: [${line}]}`, 's.yaml');
    assert.ok('errors' in parsed);
    assert.deepEqual(
      parsed.errors.map(({ line: at, column, code }) => `${at}:${column} ${code}`),
      ['5:16 LAB_FIREWALL_RULE'],
    );
    assert.match(parsed.errors[0]?.message ?? '', words);
  });
}

test('a firewall has a policy where the file has a list, and none where it has not', () => {
  const { firewalls } = scenarioOf(`${TOP}workloads: { a: { host: h1, network: n } }
firewalls:
  f: { workloads: a, ingress: [] }
  g: { egress: deny any, adminStateUp: false }
`);
  assert.deepEqual(
    firewalls.map(({ workloads, adminStateUp, ingress, egress }) => [
      workloads,
      adminStateUp,
      ingress?.length ?? null,
      egress?.length ?? null,
    ]),
    [
      [['a'], true, 0, null],
      [[], false, null, 2],
    ],
  );
});

test('what protects a workload: its groups, the default one, none; pairs; nothing', () => {
  const { workloads, securityGroups } = scenarioOf(`${TOP}securityGroups:
  open: [ingress any from any]
  plain: { stateful: false, rules: [egress any to any] }
workloads:
  a: { host: h1, network: n }
  b: { host: h1, network: n, groups: [open, default], pairs: [10.0.0.100, "10.1.0.0/16 02-00-00-00-00-0A"] }
  c: { host: h1, network: n, groups: [] }
  d: { host: h1, network: n, portSecurity: false }
`);
  assert.deepEqual(
    workloads.map(({ groups, portSecurity, pairs }) => [groups, portSecurity, pairs]),
    [
      [['default'], true, []],
      [
        ['open', 'default'],
        true,
        [
          { prefix: '10.0.0.100/32', mac: null },
          { prefix: '10.1.0.0/16', mac: '02:00:00:00:00:0a' },
        ],
      ],
      [[], true, []],
      [[], false, []],
    ],
  );
  assert.deepEqual(
    securityGroups.map((each) => [each.stateful, hasDefaultEgress(each)]),
    [
      [true, true],
      [false, false],
    ],
  );
});

test('an expectation can say from which address its source sends', () => {
  const [as] = scenarioOf(
    `${TOP}workloads: {a: {host: h1, network: n}}\nexpect: [a as 10.0.0.77 -> a icmp drop]`,
  ).expect;
  assert.ok(as?.kind === 'reach' && as.as === '10.0.0.77' && as.family === 4);
});
