import assert from 'node:assert/strict';
import { test } from 'node:test';
import { physdevRules } from '../bench/filter/physdev-rules.ts';
import { pairOf } from '../bench/filter/policy.ts';
import { costOf, share } from '../bench/filter/summary.ts';
import { type Captured, pcapStream } from '../bench/revoke/pcap-stream.ts';

test('the cost is by processor time, best and median', () => {
  const rounds = [3, 1, 2].map((cpu) => ({ cpu, elapsed: 3, amount: 1_000_000 }));
  rounds.push({ cpu: 4, elapsed: 1.1, amount: 1_000_000 });
  const cost = costOf(rounds);
  assert.deepEqual(cost, { best: 1, median: 3 });
  assert.equal(share({ best: 0.5, median: 1 }, cost), '0.50');
});

test('where the kernel books soft interrupts apart, the cost is by the time that passed', () => {
  const rounds = [2, 1].map((elapsed) => ({ cpu: 0.1, elapsed, amount: 1_000_000 }));
  assert.deepEqual(costOf(rounds), { best: 1, median: 2 });
});

test('a capture is read in pieces of any size', () => {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  const packet = (seconds: number, micros: number, octets: readonly number[]): Buffer => {
    const head = Buffer.alloc(16);
    for (const [i, value] of [seconds, micros, octets.length, 99].entries()) head.writeUInt32LE(value, 4 * i);
    return Buffer.concat([head, Buffer.from(octets)]);
  };
  const file = Buffer.concat([header, packet(7, 500, [1, 2, 3]), packet(8, 0, [4])]);
  for (const size of [1, 5, 17, file.length]) {
    const packets: Captured[] = [];
    const read = pcapStream((each) => packets.push(each));
    for (let at = 0; at < file.length; at += size) read(file.subarray(at, at + size));
    assert.deepEqual(
      packets.map(({ at, frame }) => [at, [...frame]]),
      [
        [7000.5, [1, 2, 3]],
        [8000, [4]],
      ],
    );
  }
});

test('the pair that speaks stands where a pair stands on the average', () => {
  assert.deepEqual([2, 3, 100, 1000].map(pairOf), [
    [1, 2],
    [1, 2],
    [34, 67],
    [334, 667],
  ]);
});

test('iptables has two rules a port in each of the two chains that every packet walks', () => {
  const lines = physdevRules(3).split('\n');
  for (const chain of ['FORWARD', 'sg-chain'])
    assert.equal(lines.filter((line) => line.startsWith(`-A ${chain} -m physdev`)).length, 6);
  assert.equal(lines.filter((line) => line.startsWith('-A i-tap2 ')).length, 1 + 1 + 8 + 2);
});
