import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_DEVICE_NAME, tapName } from '@netloom/core/net/device';
import { type Range, rangeHolds, rangesOverlap, subtractRanges } from '@netloom/core/net/range';
import { type Prng, prng, seeds } from '../prng.ts';

const SEEDS = seeds(2_000);

function randomRange(random: Prng): Range {
  const first = BigInt(random.below(30));
  return { first, last: first + BigInt(random.below(8)) };
}

/** The same ranges as a plain set of numbers. */
function members(ranges: readonly Range[]): Set<bigint> {
  const set = new Set<bigint>();
  for (const { first, last } of ranges) for (let value = first; value <= last; value++) set.add(value);
  return set;
}

test('ranges behave as the sets of their members', () => {
  for (const seed of SEEDS) {
    const random = prng(seed);
    const [a, b] = [randomRange(random), randomRange(random)];
    assert.equal(rangesOverlap(a, b), members([a]).intersection(members([b])).size > 0, `seed ${seed}`);
    const value = BigInt(random.below(40));
    assert.equal(rangeHolds(a, value), members([a]).has(value), `seed ${seed}`);
  }
});

test('subtraction leaves the difference of the sets, in order, in as few ranges as it takes', () => {
  for (const seed of SEEDS) {
    const random = prng(seed);
    const whole = { first: 5n, last: 5n + BigInt(random.below(25)) };
    const taken = Array.from({ length: random.below(7) }, () => randomRange(random));
    const given = structuredClone(taken);
    const left = subtractRanges(whole, taken);
    assert.deepEqual(taken, given, 'the argument stays as it is');
    assert.deepEqual(members(left), members([whole]).difference(members(taken)), `seed ${seed}`);
    for (const [i, range] of left.entries()) {
      assert.ok(range.first <= range.last, `seed ${seed}`);
      const before = left[i - 1];
      if (before) assert.ok(before.last + 1n < range.first, `seed ${seed}: neighbours could be one range`);
    }
  }
});

test('a tap is named after the first eleven characters of its port and fits the kernel', () => {
  const name = tapName('5a2f0a3c-91d1-4c5e-8f5e-3c1f1c0c0a11');
  assert.equal(name, 'tap5a2f0a3c-91');
  assert.ok(name.length <= MAX_DEVICE_NAME);
});
