import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeProgress } from '../../src/realize/progress.ts';

test('a host is behind for a revision until it confirms what touched it up to there', () => {
  const progress = makeProgress(0);
  progress.touch(['a', 'b'], 3);
  progress.touch(['a'], 5);
  assert.deepEqual(progress.behind(2), []);
  assert.deepEqual(progress.behind(3), ['a', 'b']);
  progress.confirm('a', 4);
  progress.confirm('b', 3);
  assert.deepEqual(progress.behind(4), []);
  assert.deepEqual(progress.behind(5), ['a']);
  assert.ok(progress.isBehind('a') && !progress.isBehind('b'));
  progress.confirm('a', 5);
  assert.deepEqual(progress.behind(9), []);
});

test('doubt about a host ends when it confirms the end of the doubt', () => {
  const progress = makeProgress(10);
  progress.doubt('a', { first: 4, last: 10 });
  assert.deepEqual([progress.behind(3), progress.behind(4)], [[], ['a']]);
  progress.confirm('a', 9);
  assert.deepEqual(progress.behind(4), ['a']);
  progress.confirm('a', 10);
  assert.deepEqual(progress.behind(10), []);
});

test('a host away for long takes little memory and never counts as further than it is', () => {
  const progress = makeProgress(0);
  for (let revision = 1; revision <= 1000; revision++) progress.touch(['a'], revision);
  progress.confirm('a', 999);
  assert.deepEqual(progress.behind(500), ['a'], 'merged gaps count as behind, never as done');
  progress.confirm('a', 1000);
  assert.equal(progress.isBehind('a'), false);
});

test('who was touched is remembered for a while', () => {
  const progress = makeProgress(7);
  progress.touch(['a'], 9);
  assert.deepEqual(progress.touchedBy(9), ['a']);
  assert.deepEqual(progress.touchedBy(8), []);
  assert.equal(progress.touchedBy(7), undefined);
  for (let revision = 10; revision < 5000; revision++) progress.touch(['b'], revision);
  assert.equal(progress.touchedBy(9), undefined);
});
