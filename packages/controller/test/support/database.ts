import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { openStore } from '../../src/store/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';

const PREFIX = 'netloom-test-db-';
const STALE_MS = 10 * 60_000;

/** URL of the server that the test runner started for all test files, if it did. */
export const TEST_DATABASE_VARIABLE = 'NETLOOM_TEST_DATABASE_URL';

let server: Promise<string> | undefined;
let template: Promise<string> | undefined;

/** A migrated database of its own and a store on it; both are gone after the test. */
export async function testDatabase(t: Pick<TestContext, 'after'>): Promise<{ store: Store; url: string }> {
  const { url, drop } = await emptyOrMigratedDatabase(await migratedTemplate());
  const store = await openStore({ url });
  t.after(async () => {
    await store.close();
    await drop();
  });
  return { store, url };
}

/** A database of its own without any table. */
export async function emptyDatabase(t: Pick<TestContext, 'after'>): Promise<string> {
  const { url, drop } = await emptyOrMigratedDatabase('template1');
  t.after(drop);
  return url;
}

/** A folder for servers that a test starts by itself. What a killed test leaves is swept by a later one. */
export function databaseFolder(t: Pick<TestContext, 'after'>): string {
  const folder = makeFolder();
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

/** Starts a server in the temporary folder; it is gone when this process is, however that ends. */
export async function startTestServer(): Promise<string> {
  const folder = makeFolder();
  let server: EmbeddedPostgres | undefined;
  process.once('exit', () => {
    if (server) process.kill(server.pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  server = await startEmbeddedPostgres({ dataFolder: folder });
  return server.url;
}

function makeFolder(): string {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) sweep(join(tmpdir(), name));
  return mkdtempSync(join(tmpdir(), PREFIX));
}

/** Removes a folder of a test process that was killed: it is old, and nobody holds the lock in it. */
function sweep(folder: string): void {
  try {
    if (Date.now() - statSync(folder).mtimeMs < STALE_MS) return;
    execFileSync('flock', ['-n', join(folder, 'lock'), 'rm', '-rf', folder], { stdio: 'ignore' });
  } catch {
    // In use, or swept by another test process.
  }
}

async function migratedTemplate(): Promise<string> {
  template ??= makeTemplate();
  return template;
}

async function emptyOrMigratedDatabase(source: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `netloom_test_${randomBytes(6).toString('hex')}`;
  await command(`CREATE DATABASE ${name} TEMPLATE ${source}`);
  return { url: await urlOf(name), drop: () => dropDatabase(name) };
}

/** Made once for each state of the migrations, also when several test files share the server. */
async function makeTemplate(): Promise<string> {
  const migrations = await readMigrations();
  const state = createHash('sha256').update(migrations.map((migration) => migration.checksum).join());
  const name = `netloom_template_${state.digest('hex').slice(0, 12)}`;
  const client = await connect();
  try {
    await client.query(`SELECT pg_advisory_lock(1)`);
    const { rows } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rows.length > 0) return name;
    await client.query(`CREATE DATABASE ${name}_new`);
    await migrate(await urlOf(`${name}_new`), migrations);
    await client.query(`ALTER DATABASE ${name}_new RENAME TO ${name}`);
    return name;
  } finally {
    await client.end();
  }
}

/** PostgreSQL lets only superusers end its own autovacuum workers: the database goes when the worker in it is done. */
async function dropDatabase(name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await command(`DROP DATABASE ${name} WITH (FORCE)`);
    } catch (error) {
      if (!WORKER_INSIDE.has((error as pg.DatabaseError).code ?? '') || attempt === DROP_ATTEMPTS) throw error;
      await sleep(100);
    }
  }
}

/** insufficient_privilege, object_in_use */
const WORKER_INSIDE = new Set(['42501', '55006']);
const DROP_ATTEMPTS = 300;

async function command(text: string): Promise<void> {
  const client = await connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client(await urlOf());
  await client.connect();
  return client;
}

async function urlOf(database?: string): Promise<string> {
  server ??= process.env[TEST_DATABASE_VARIABLE]
    ? Promise.resolve(process.env[TEST_DATABASE_VARIABLE])
    : startTestServer();
  return database === undefined ? server : (await server).replace(/[^/]*$/, database);
}
