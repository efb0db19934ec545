import assert from 'node:assert/strict';
import test from 'node:test';
import { parseScenario } from '../src/scenario/parse-scenario.ts';
import { extraAddresses } from '../src/world/extra-addresses.ts';

test('a workload gets the addresses of its pairs, and those that it is told to send from, each once', () => {
  const parsed = parseScenario(
    `hosts: { h1: {} }
networks: { n: { cidr: [10.0.0.0/24, "fd00::/64"] } }
workloads:
  a: { host: h1, network: n, pairs: [10.0.0.100, "fd00::100", 10.1.0.0/16, 10.0.0.101 02:00:00:00:00:01] }
  b: { host: h1, network: n }
expect:
  - a as 10.0.0.100 -> b icmp pass
  - a as 10.0.0.77 -> b icmp drop
  - b as fd00::77 -> a icmp drop
`,
    's.yaml',
  );
  assert.ok('scenario' in parsed);
  assert.deepEqual(extraAddresses(parsed.scenario, 'a'), ['10.0.0.100', 'fd00::100', '10.0.0.77']);
  assert.deepEqual(extraAddresses(parsed.scenario, 'b'), ['fd00::77']);
});
