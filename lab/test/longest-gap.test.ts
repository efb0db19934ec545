import assert from 'node:assert/strict';
import test from 'node:test';
import { longestGap } from '../src/peer/stream.ts';

test('a gap lasts from the first lost probe to the next answered one', () => {
  assert.equal(longestGap([0, 5, 10, 15], new Set([0, 1, 2, 3])), 0);
  assert.equal(longestGap([0, 5, 10, 15], new Set([0, 3])), 10);
  assert.equal(longestGap([0, 5, 10, 15, 20, 25], new Set([1, 3])), 5);
});

test('a gap that has not ended counts up to the last probe', () => {
  assert.equal(longestGap([0, 5, 10, 15], new Set([0])), 10);
  assert.equal(longestGap([], new Set()), 0);
});
