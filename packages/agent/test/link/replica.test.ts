import assert from 'node:assert/strict';
import { copyFile, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ViewMessage } from '@netloom/api/link/messages';
import { tablesDigest } from '@netloom/api/link/tables-digest';
import { openReplica } from '../../src/link/replica.ts';
import { portRow, portsDelta, tablesOf, viewOf } from '../support/rows.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test('without a file there is no replica, and it says so', async (t) => {
  const replica = await openReplica(join(await scratchFolder(t), 'replica.jsonl'), 'h1');
  assert.deepEqual([replica.complete, replica.revision, replica.digest()], [false, 0, '']);
});

test('what was taken is there after a restart', async (t) => {
  const file = join(await scratchFolder(t), 'replica.jsonl');
  const before = await openReplica(file, 'h1');
  await before.take([viewOf(3, { ports: { upserts: [portRow('a')], deletes: [] } })]);
  await before.take([portsDelta(5, [portRow('b')], ['a']), { type: 'current', revision: 9 }]);
  const after = await openReplica(file, 'h1');
  assert.deepEqual([after.complete, after.revision], [true, 9]);
  assert.deepEqual(after.tables, tablesOf({ ports: { upserts: [portRow('b')], deletes: [] } }));
  assert.equal(after.digest(), before.digest());
});

test("another host's replica counts as none", async (t) => {
  const file = join(await scratchFolder(t), 'replica.jsonl');
  await (await openReplica(file, 'h1')).take([viewOf(3, {})]);
  assert.equal((await openReplica(file, 'h2')).complete, false);
});

test('a process killed at any byte of the journal leaves a state it once had, and goes on from it', async (t) => {
  const folder = await scratchFolder(t);
  const file = join(folder, 'replica.jsonl');
  const replica = await openReplica(file, 'h1');
  const states = new Map<number, string>();
  const take = async (update: ViewMessage) => {
    await replica.take([update]);
    states.set(replica.revision, replica.digest());
  };
  await take(viewOf(1, { ports: { upserts: [portRow('a')], deletes: [] } }));
  const viewEnd = (await stat(file)).size;
  for (let revision = 2; revision <= 6; revision++) await take(portsDelta(revision, [portRow(`p${revision}`)], ['a']));
  const end = (await stat(file)).size;
  const seen = new Set<number>();
  for (let size = viewEnd; size <= end; size++) {
    const torn = join(folder, 'torn.jsonl');
    await copyFile(file, torn);
    await truncate(torn, size);
    const opened = await openReplica(torn, 'h1');
    assert.equal(opened.digest(), states.get(opened.revision), `cut at byte ${size}`);
    seen.add(opened.revision);
    if (size % 7 !== 0) continue;
    await opened.take([portsDelta(50, [portRow('later')])]);
    const reopened = await openReplica(torn, 'h1');
    assert.deepEqual([reopened.revision, reopened.digest()], [50, opened.digest()], `appended after byte ${size}`);
  }
  assert.deepEqual([...seen], [1, 2, 3, 4, 5, 6]);
});

test('a view is replaced as a whole: a process killed while it writes leaves the old one', async (t) => {
  const file = join(await scratchFolder(t), 'replica.jsonl');
  const replica = await openReplica(file, 'h1');
  await replica.take([viewOf(4, { ports: { upserts: [portRow('a')], deletes: [] } })]);
  await writeFile(`${file}.new`, '00000000 {"half a fi');
  assert.equal((await openReplica(file, 'h1')).revision, 4);
  await (await openReplica(file, 'h1')).take([viewOf(5, {})]);
  assert.equal((await openReplica(file, 'h1')).revision, 5);
});

test('a spoilt byte ends the replica before it, never inside', async (t) => {
  const file = join(await scratchFolder(t), 'replica.jsonl');
  const replica = await openReplica(file, 'h1');
  await replica.take([viewOf(1, {})]);
  const { size } = await stat(file);
  await replica.take([portsDelta(2, [portRow('b')])]);
  await replica.take([portsDelta(3, [portRow('c')])]);
  const bytes = await readFile(file);
  bytes[size + 40] = (bytes[size + 40] ?? 0) ^ 1;
  await writeFile(file, bytes);
  assert.equal((await openReplica(file, 'h1')).revision, 1);
});

test('a long journal is folded into a view', async (t) => {
  const file = join(await scratchFolder(t), 'replica.jsonl');
  const replica = await openReplica(file, 'h1');
  await replica.take([viewOf(1, {})]);
  for (let revision = 2; revision < 400; revision++)
    await replica.take([portsDelta(revision, Array(10).fill(portRow('a', { hostname: 'x'.repeat(200) })))]);
  assert.ok((await stat(file)).size < 600_000);
  const reopened = await openReplica(file, 'h1');
  assert.deepEqual([reopened.revision, reopened.digest()], [399, replica.digest()]);
});

test('the digest does not depend on the order of rows or of their fields', () => {
  const a = portRow('a');
  const mirrored = Object.fromEntries(Object.entries(a).reverse()) as unknown as typeof a;
  const one = tablesOf({ ports: { upserts: [a, portRow('b')], deletes: [] } });
  const other = tablesOf({ ports: { upserts: [portRow('b'), mirrored], deletes: [] } });
  const third = tablesOf({ ports: { upserts: [a, portRow('b', { adminUp: false })], deletes: [] } });
  assert.equal(tablesDigest(one), tablesDigest(other));
  assert.notEqual(tablesDigest(one), tablesDigest(third));
});
