import assert from 'node:assert/strict';
import test from 'node:test';
import { modelOf } from '../src/scenario/model.ts';
import { parseScenario } from '../src/scenario/parse-scenario.ts';
import type { Scenario } from '../src/scenario/scenario.ts';

function scenarioOf(text: string): Scenario {
  const parsed = parseScenario(text, 's.yaml');
  assert.ok('scenario' in parsed);
  return parsed.scenario;
}

const TEXT = `hosts: { h1: {}, h2: {} }
networks:
  n: { cidr: [10.0.0.0/24, "fd00::/64"] }
  bare: { cidr: 10.0.0.0/24, dhcp: false, mtu: 1400 }
workloads:
  a: { host: h1, network: n }
  b: { host: h2, network: n, ip: 10.0.0.2, mac: "02:00:00:00:00:0b" }
  c: { host: h2, network: bare }
`;

test('a scenario always gives the same model', () => {
  assert.deepEqual(modelOf(scenarioOf(TEXT)), modelOf(scenarioOf(TEXT)));
});

test('addresses: as asked for, by SLAAC from the MAC, or the lowest free one after the gateway', () => {
  const { portOf, ports } = modelOf(scenarioOf(TEXT));
  const ips = (name: string): string[] => portOf.get(name)?.fixedIps.map(({ ip }) => ip) ?? [];
  assert.deepEqual(ips('b'), ['10.0.0.2', 'fd00::ff:fe00:b']);
  // .1 is the gateway, .2 is b's, .3 the DHCP server's.
  assert.equal(ips('a')[0], '10.0.0.4');
  assert.deepEqual(ips('c'), ['10.0.0.2']);
  assert.equal(ports.filter((port) => port.deviceOwner === 'network:dhcp').length, 1);
});

test('ids are UUIDs, VNIs differ, hosts have underlay addresses of their own', () => {
  const { hosts, networks, ports } = modelOf(scenarioOf(TEXT));
  for (const { id } of [...networks, ...ports])
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(
    networks.map(({ vni }) => vni),
    [5001, 5002],
  );
  assert.deepEqual(
    networks.map(({ mtu }) => mtu),
    [1450, 1400],
  );
  assert.deepEqual(
    hosts.map(({ vtep }) => vtep),
    ['172.31.0.1', '172.31.0.2'],
  );
});

test('security: the default group as the API has it, egress rules unless a group has its own, remote groups by id', () => {
  const model = modelOf(
    scenarioOf(`hosts: { h1: {} }
networks: { n: { cidr: 10.0.0.0/24 } }
addressGroups: { office: [10.9.0.0/16, 10.9.0.1] }
securityGroups:
  web: [ingress v4 tcp 80 from addressGroup office]
  db: [ingress v4 tcp 5432 from group web, egress v4 udp 53 to any]
workloads:
  a: { host: h1, network: n }
  b: { host: h1, network: n, groups: [db], pairs: [10.0.0.9] }
`),
  );
  const nameOf = new Map(model.securityGroups.map(({ id, name }) => [id, name]));
  assert.deepEqual([...nameOf.values()], ['web', 'db', 'default']);
  const rules = model.securityGroupRules.map((rule) => `${nameOf.get(rule.groupId)} ${model.ruleTexts.get(rule.id)}`);
  assert.deepEqual(rules, [
    'web "egress v4 any to any"',
    'web "egress v6 any to any"',
    'web "ingress v4 tcp 80 from addressGroup office"',
    'db "ingress v4 tcp 5432 from group web"',
    'db "egress v4 udp 53 to any"',
    'default "egress v4 any to any"',
    'default "egress v6 any to any"',
    'default "ingress v4 any from group default"',
    'default "ingress v6 any from group default"',
  ]);
  assert.equal(new Set(model.securityGroupRules.map(({ id }) => id)).size, rules.length);
  const remotes = model.securityGroupRules.flatMap(({ remote }) =>
    remote.kind === 'group' ? [nameOf.get(remote.group)] : [],
  );
  assert.deepEqual(remotes, ['web', 'default', 'default']);
  assert.deepEqual(
    model.addressGroupEntries.map(({ prefix }) => prefix),
    ['10.9.0.0/16', '10.9.0.1/32'],
  );
  const { securityGroups, allowedPairs, mac } = model.portOf.get('b') ?? assert.fail();
  assert.deepEqual(
    securityGroups.map((id) => nameOf.get(id)),
    ['db'],
  );
  assert.deepEqual(allowedPairs, [{ mac, prefix: '10.0.0.9/32' }]);
});

test('firewalls: policies in the order of the file, rules of their own ids, null where there is no policy', () => {
  const model = modelOf(
    scenarioOf(`hosts: { h1: {} }
networks: { n: { cidr: 10.0.0.0/24 } }
workloads: { a: { host: h1, network: n } }
firewalls:
  f: { workloads: [a], ingress: [deny v4 tcp 22, allow v4 any, deny v4 tcp 22] }
  g: { egress: [deny v4 tcp 22], adminStateUp: false }
`),
  );
  const { firewallGroups, firewallGroupPorts, firewallPolicies, firewallRules } = model;
  const [f, g] = firewallGroups;
  const [ingress, egress] = firewallPolicies;
  assert.deepEqual([f?.ingressPolicy, f?.egressPolicy, f?.adminStateUp], [ingress?.id, null, true]);
  assert.deepEqual([g?.ingressPolicy, g?.egressPolicy, g?.adminStateUp], [null, egress?.id, false]);
  assert.deepEqual(firewallGroupPorts, [{ id: model.portOf.get('a')?.id, groupId: f?.id }]);
  assert.equal(new Set(firewallRules.map(({ id }) => id)).size, 4);
  assert.deepEqual(
    ingress?.rules.map((id) => model.ruleTexts.get(id)),
    ['"deny v4 tcp 22"', '"allow v4 any"', '"deny v4 tcp 22"'],
  );
});

test('routers: a port for each IPv4 prefix and one for those of IPv6, at the gateway addresses or those that are named', () => {
  const { routers, ports, portOf } = modelOf(
    scenarioOf(`hosts: { h1: {} }
networks:
  n: { cidr: [10.0.0.0/24, "fd00::/64", 10.0.1.0/24, "fd01::/64"] }
  m: { cidr: 10.0.2.0/24 }
workloads: { a: { host: h1, network: m } }
routers:
  r: { networks: [n, { network: m, ip: 10.0.2.3 }], routes: [{ to: 10.9.0.0/16, via: 10.0.2.1 }], adminStateUp: false }
`),
  );
  const [router] = routers;
  assert.deepEqual([router?.adminStateUp, router?.routes.length], [false, 1]);
  const legs = ports.filter(({ deviceOwner }) => deviceOwner === 'network:router_interface');
  assert.ok(legs.every(({ deviceId, host }) => deviceId === router?.id && host === null));
  assert.equal(new Set(legs.flatMap(({ id, mac }) => [id, mac])).size, 8);
  assert.deepEqual(
    legs.map(({ fixedIps }) => fixedIps.map(({ ip }) => ip)),
    [['10.0.0.1'], ['10.0.1.1'], ['fd00::', 'fd01::'], ['10.0.2.3']],
  );
  // .1 is the gateway, .2 the DHCP server's, .3 the router's.
  assert.equal(portOf.get('a')?.fixedIps[0]?.ip, '10.0.2.4');
});
