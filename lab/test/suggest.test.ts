import assert from 'node:assert/strict';
import test from 'node:test';
import { didYouMean, editDistance } from '../src/scenario/suggest.ts';

test('a swap of neighbours is one edit', () => {
  assert.equal(editDistance('cdir', 'cidr'), 1);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('kitten', 'sitting'), 3);
});

test('only what is near is suggested', () => {
  assert.equal(didYouMean('worklods', ['hosts', 'workloads']), ', did you mean "workloads"?');
  assert.equal(didYouMean('zebra', ['hosts', 'workloads']), '');
});
