import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { connectionConfig } from './pg-connection.ts';
import { isConnectionLoss } from './pg-errors.ts';
import { storeError } from './store-errors.ts';

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  readonly text: string;
}

/** The released migrations, in order of their numbers. */
export async function readMigrations(folder = new URL('./migrations/', import.meta.url)): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()) {
    const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(number) || migrations.at(-1)?.number === number) throw storeError('MIGRATION_INVALID', { name });
    const text = await readFile(new URL(name, folder), 'utf8');
    migrations.push({ number, name, text, checksum: createHash('sha256').update(text).digest('hex') });
  }
  return migrations;
}

/**
 * Brings the database up to the released migrations, each in a transaction of its own. Controllers that start at the same moment take
 * turns. Refuses a database whose history is not the beginning of the released one.
 */
export async function migrate(url: string, migrations: readonly Migration[], signal?: AbortSignal): Promise<void> {
  const client = new pg.Client(connectionConfig(url));
  // A lost connection also fails the query that is under way, which is where it is reported.
  client.on('error', () => undefined);
  const abort = () => void client.end();
  await client.connect();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    await client.query(`SELECT pg_advisory_lock(hashtextextended('netloom/migrations', 0))`);
    for (const migration of await pending(client, migrations)) await apply(client, migration);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    await client.end();
  }
}

async function pending(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  await client.query(`CREATE TABLE IF NOT EXISTS migrations (
    number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
  const { rows } = await client.query<Migration>('SELECT number, name, checksum FROM migrations ORDER BY number');
  for (const applied of rows) {
    const released = migrations.find((migration) => migration.number === applied.number);
    if (released === undefined) throw storeError('MIGRATION_MISSING', { name: applied.name });
    if (released.checksum !== applied.checksum) throw storeError('MIGRATION_CHANGED', { name: applied.name });
  }
  const last = rows.at(-1);
  const missing = migrations.filter((migration) => !rows.some((applied) => applied.number === migration.number));
  const late = missing.find((migration) => last !== undefined && migration.number < last.number);
  if (late) throw storeError('MIGRATION_OUT_OF_ORDER', { name: late.name, applied: last?.name });
  return missing;
}

async function apply(client: pg.Client, { number, name, checksum, text }: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(text);
    await client.query('INSERT INTO migrations (number, name, checksum) VALUES ($1, $2, $3)', [number, name, checksum]);
    await client.query('COMMIT');
  } catch (cause) {
    if (isConnectionLoss(cause)) throw cause;
    await client.query('ROLLBACK');
    throw storeError('MIGRATION_FAILED', { name, reason: (cause as Error).message }, cause);
  }
}
