import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { openStore } from '../../src/store/postgres-store.ts';
import { emptyDatabase } from '../support/database.ts';

async function folderOf(t: TestContext, files: Record<string, string>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'netloom-migrations-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return pathToFileURL(`${folder}/`);
}

async function tables(url: string): Promise<string[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  );
  await client.end();
  return rows.map((row) => row.name);
}

test('several controllers that start at once bring up one database', async (t) => {
  const url = await emptyDatabase(t);
  const stores = await Promise.all([openStore({ url }), openStore({ url }), openStore({ url })]);
  const rows = await stores[0]?.query('SELECT number, name FROM migrations ORDER BY number');
  assert.deepEqual(
    rows,
    (await readMigrations()).map(({ number, name }) => ({ number, name })),
  );
  await Promise.all(stores.map((store) => store.close()));
});

test('only what is missing is applied, in order', async (t) => {
  const url = await emptyDatabase(t);
  const one = { '0001-one.sql': 'CREATE TABLE one (n int); INSERT INTO one VALUES (1)' };
  await migrate(url, await readMigrations(await folderOf(t, one)));
  const two = {
    ...one,
    '0003-three.sql': 'CREATE TABLE three AS SELECT * FROM two',
    '0002-two.sql': 'ALTER TABLE one RENAME TO two',
  };
  await migrate(url, await readMigrations(await folderOf(t, two)));
  await migrate(url, await readMigrations(await folderOf(t, two)));
  assert.deepEqual(await tables(url), ['migrations', 'three', 'two']);
});

test('a database with another history is refused', async (t) => {
  const url = await emptyDatabase(t);
  const files = { '0001-one.sql': 'SELECT 1', '0003-three.sql': 'SELECT 3' };
  await migrate(url, await readMigrations(await folderOf(t, files)));
  const attempt = async (other: Record<string, string>) => migrate(url, await readMigrations(await folderOf(t, other)));
  await assert.rejects(attempt({ ...files, '0001-one.sql': 'SELECT 2' }), {
    code: 'MIGRATION_CHANGED',
    message: /0001-one/,
  });
  await assert.rejects(attempt({ '0001-one.sql': 'SELECT 1' }), { code: 'MIGRATION_MISSING', message: /0003-three/ });
  await assert.rejects(attempt({ ...files, '0002-two.sql': 'SELECT 2' }), { code: 'MIGRATION_OUT_OF_ORDER' });
});

test('a migration that fails leaves no trace, and those before it stay', async (t) => {
  const url = await emptyDatabase(t);
  const files = { '0001-one.sql': 'CREATE TABLE one ()', '0002-two.sql': 'CREATE TABLE two (); SELECT 1 / 0' };
  const failing = migrate(url, await readMigrations(await folderOf(t, files)));
  await assert.rejects(failing, { code: 'MIGRATION_FAILED', message: /0002-two\.sql failed: division by zero/ });
  assert.deepEqual(await tables(url), ['migrations', 'one']);
});

test('files that are no migrations are refused', async (t) => {
  for (const name of ['one.sql', '1-one.sql', '0001_one.sql']) {
    const folder = await folderOf(t, { [name]: '' });
    await assert.rejects(readMigrations(folder), { code: 'MIGRATION_INVALID' });
  }
  const twice = await folderOf(t, { '0001-one.sql': '', '0001-two.sql': '' });
  await assert.rejects(readMigrations(twice), { code: 'MIGRATION_INVALID', message: /0001-two/ });
});

test('a database that is not there, or lets nobody in, is said with a code', async (t) => {
  const url = await emptyDatabase(t);
  const nowhere = 'postgresql://netloom@%2Fnowhere/netloom';
  await assert.rejects(openStore({ url: nowhere }), { code: 'DATABASE_UNREACHABLE', status: 503 });
  await assert.rejects(openStore({ url: nowhere, signal: AbortSignal.timeout(100) }), { name: 'TimeoutError' });
  await assert.rejects(openStore({ url: url.replace(/:[0-9a-f]{64}@/, ':guess@') }), { code: 'DATABASE_REFUSED' });
  await assert.rejects(openStore({ url: `${url}_other` }), { code: 'DATABASE_REFUSED' });
});
