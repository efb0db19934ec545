import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../src/store/postgres-store.ts';
import type { Portions } from '../../src/store/store.ts';
import { testDatabase } from '../support/database.ts';

const ROWS = 'SELECT n, repeat($1, 1000) AS filler FROM generate_series(1, 20000) n';

async function take(portions: Portions['more']): Promise<unknown[]> {
  const taken: unknown[] = [];
  for await (const portion of portions ?? []) taken.push(...portion.map(([n]) => n));
  return taken;
}

test('few rows come at once, many in portions, all in order', async (t) => {
  const { store } = await testDatabase(t);
  const few = await store.read('SELECT n FROM generate_series(1, $1::int) n', [3]);
  assert.deepEqual([few.rows, few.more], [[[1], [2], [3]], undefined]);
  await few.close();
  const many = await store.read(ROWS, ['x']);
  assert.ok(many.rows.length < 5000, `${many.rows.length} rows at once`);
  const all = [...many.rows.map(([n]) => n), ...(await take(many.more))];
  await many.close();
  assert.deepEqual(
    all,
    Array.from({ length: 20_000 }, (_, i) => i + 1),
  );
});

test('reads of which nothing more is taken leave connections for others', async (t) => {
  const { url } = await testDatabase(t);
  const store = await openStore({ url, poolSize: 4 });
  t.after(() => store.close());
  const reads = await Promise.all(Array.from({ length: 8 }, () => store.read(ROWS, ['x'])));
  assert.equal(reads.filter(({ more }) => more !== undefined).length, 1);
  assert.deepEqual(await store.query('SELECT 1 AS one'), [{ one: 1 }]);
  for (const read of reads) {
    await read.close();
    await read.close();
  }
  const next = await store.read(ROWS, ['x']);
  assert.equal(next.rows.length + (await take(next.more)).length, 20_000, 'the place of the one that was left is free');
  await next.close();
});

test('an error comes through, before the first row and after many', async (t) => {
  const { store } = await testDatabase(t);
  await assert.rejects(store.read('SELECT 1 / $1::int', [0]), { code: '22012' });
  const late = await store.read('SELECT n / (15000 - n) AS n, repeat($1, 1000) FROM generate_series(1, 20000) n', [
    'x',
  ]);
  await assert.rejects(take(late.more), { code: '22012' });
  await late.close();
  assert.deepEqual(await store.query('SELECT 1 AS one'), [{ one: 1 }]);
});
