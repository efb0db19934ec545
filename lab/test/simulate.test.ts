import assert from 'node:assert/strict';
import test from 'node:test';
import { judge } from '../src/scenario/judge.ts';
import { parseScenario } from '../src/scenario/parse-scenario.ts';
import { simulateScenario } from '../src/scenario/simulate.ts';

function simulated(expectations: readonly string[]) {
  const parsed = parseScenario(
    `hosts: { h1: {}, h2: {} }
networks: { n: { cidr: 10.0.0.0/24 }, twin: { cidr: 10.0.0.0/24 } }
workloads:
  a: { host: h1, network: n, ip: 10.0.0.11 }
  b: { host: h2, network: n, ip: 10.0.0.12 }
  c: { host: h2, network: twin, ip: 10.0.0.12 }
expect:
${expectations.map((line) => `  - ${line}`).join('\n')}
`,
    's.yaml',
  );
  assert.ok('scenario' in parsed);
  return simulateScenario(parsed.scenario);
}

test('an expectation that does not hold is told with its reason', () => {
  const { held, failed, lines } = simulated(['a -> b icmp pass', 'a -> b icmp drop', 'a -> 10.0.0.99 icmp pass']);
  assert.deepEqual([held, failed], [1, 2]);
  assert.equal(lines[1]?.problem, 'expected drop, trace says pass');
  assert.match(
    lines[2]?.problem ?? '',
    /^expected pass, trace says drop \(no port of segment .* has the address 10\.0\.0\.99\)$/,
  );
});

test('a packet that arrives at a twin with the same address has not reached the workload that was named', () => {
  const { lines } = simulated(['a -> c tcp/80 drop', 'a -> b tcp/80 pass']);
  assert.deepEqual(
    lines.map((line) => line.holds),
    [true, true],
  );
  assert.match(lines[0]?.traceReason ?? '', /arrives at port .* instead/);
});

test('trace, wire and expectation are compared in words', () => {
  const parsed = parseScenario(
    'hosts: {h: {}}\nnetworks: {n: {cidr: 10.0.0.0/24}}\nworkloads: {a: {host: h, network: n}}\nexpect: [a -> a icmp pass]',
    's',
  );
  assert.ok('scenario' in parsed);
  const [expectation] = parsed.scenario.expect;
  assert.ok(expectation);
  const pass = { verdict: 'pass', reason: '' } as const;
  const drop = { verdict: 'drop', reason: 'no answer' } as const;
  const problem = (traced: typeof pass | typeof drop, seen: typeof pass | typeof drop) =>
    judge(expectation, traced, { ...seen, rttMs: null }).problem;
  assert.equal(problem(pass, pass), '');
  assert.equal(problem(pass, drop), 'trace says pass as expected, but on the wire it was drop (no answer)');
  assert.equal(problem(drop, pass), 'on the wire it was pass as expected, but trace says drop (no answer)');
  assert.equal(
    problem(drop, drop),
    'expected pass, but trace says drop (no answer) and the packet agrees: drop (no answer)',
  );
});
