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
