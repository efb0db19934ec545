import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { batches } from '../../src/http/resource/batches.ts';

/** Batches that end when told, and what was asked of them. */
function underTest(most = 32) {
  const runs: { readonly requests: readonly string[]; end(error?: Error): void }[] = [];
  const serve = batches<string, string>({
    most,
    isFinal: (error) => (error as Error).message === 'final',
    async run(requests) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      runs.push({ requests, end: (error) => (error ? reject(error) : resolve()) });
      await promise;
      return requests.map((request) => request.toUpperCase());
    },
  });
  const asked = () => runs.map(({ requests }) => requests.join(''));
  return { serve, runs, asked };
}

test('what comes while others are under way runs with its like, as soon as they are done', async () => {
  const { serve, runs, asked } = underTest();
  const answers = [serve('k', 'a'), serve('k', 'b'), serve('k', 'c'), serve('other', 'd')];
  assert.deepEqual(asked(), ['a', 'd'], 'nobody waits for company, or for another key');
  runs[0]?.end();
  assert.equal(await answers[0], 'A');
  await turn();
  assert.deepEqual(asked(), ['a', 'd', 'bc']);
  runs[2]?.end();
  assert.deepEqual(await Promise.all(answers.slice(1, 3)), ['B', 'C']);
  await turn();
  const later = serve('k', 'e');
  assert.deepEqual(asked(), ['a', 'd', 'bc', 'e']);
  for (const run of runs) run.end();
  assert.deepEqual(await Promise.all([answers[3], later]), ['D', 'E']);
});

test('a batch has a largest size', async () => {
  const { serve, runs, asked } = underTest(2);
  const answers = ['a', 'b', 'c', 'd'].map((request) => serve('k', request));
  for (let i = 0; i < 3; i++) {
    runs[i]?.end();
    await turn();
  }
  assert.deepEqual(asked(), ['a', 'bc', 'd']);
  assert.deepEqual(await Promise.all(answers), ['A', 'B', 'C', 'D']);
});

test('a batch that fails is done one by one: each has its own answer, and the queue goes on', async () => {
  const { serve, runs, asked } = underTest();
  const answers = Promise.allSettled(['a', 'b', 'c'].map((request) => serve('k', request)));
  runs[0]?.end();
  await turn();
  const late = serve('k', 'd');
  runs[1]?.end(new Error('one of them is wrong'));
  await turn();
  assert.deepEqual(asked(), ['a', 'bc', 'b', 'c']);
  runs[2]?.end(new Error('this one'));
  runs[3]?.end();
  const [a, b, c] = await answers;
  assert.deepEqual([a?.status, b?.status, c?.status], ['fulfilled', 'rejected', 'fulfilled']);
  await turn();
  assert.deepEqual(asked(), ['a', 'bc', 'b', 'c', 'd']);
  runs[4]?.end();
  assert.equal(await late, 'D');
});

test('what may have happened is not done again', async () => {
  const { serve, runs, asked } = underTest();
  const answers = Promise.allSettled(['a', 'b', 'c'].map((request) => serve('k', request)));
  runs[0]?.end();
  await turn();
  runs[1]?.end(new Error('final'));
  assert.deepEqual(
    (await answers).map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  );
  assert.deepEqual(asked(), ['a', 'bc']);
});
