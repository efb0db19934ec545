import { followChanges } from './follow-changes.ts';
import { openListener } from './listener.ts';
import { longReads } from './long-reads.ts';
import { migrate, readMigrations } from './migrate.ts';
import { toStoreError } from './pg-errors.ts';
import { openPool, type Pool } from './pg-pool.ts';
import { runTransaction } from './run-transaction.ts';
import type { Queryable, Store } from './store.ts';
import { storeError } from './store-errors.ts';
import { takeSnapshot } from './take-snapshot.ts';

export interface StoreOptions {
  /** postgresql:// URL of a PostgreSQL 15 or newer. */
  readonly url: string;
  /** Ends the wait for the database while opening. */
  readonly signal?: AbortSignal;
  /** Connections for statements; one more carries notifications. */
  readonly poolSize?: number;
}

const OLDEST_VERSION = 150_000;

/**
 * Opens the store on a database and brings its tables up to this version. `query` and `transaction` wait a few seconds for a database
 * that is away, then throw DATABASE_UNREACHABLE. Inside `transaction` use only the `tx` given: a second connection may never come free.
 * Arrays given as values become PostgreSQL arrays: a jsonb array is given as JSON text.
 */
export async function openStore({ url, signal, poolSize = 16 }: StoreOptions): Promise<Store> {
  signal?.throwIfAborted();
  const pool = openPool(url, poolSize);
  const abort = () => void pool.close();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await checkVersion(pool);
    await migrate(url, await readMigrations(), signal);
  } catch (error) {
    await pool.close();
    signal?.throwIfAborted();
    throw toStoreError(error);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return storeOver(pool, url, poolSize);
}

function storeOver(pool: Pool, url: string, poolSize: number): Store {
  const listener = openListener(url);
  const closing = new AbortController();

  const query: Queryable['query'] = async (text, values) => {
    const session = await pool.acquire();
    try {
      return await session.query(text, values);
    } finally {
      session.release();
    }
  };

  return {
    query,
    transaction: (work) => runTransaction(pool, work),
    read: longReads(pool, Math.floor(poolSize / 4)),
    snapshot: () => takeSnapshot(pool),
    feed: (since, signal) =>
      followChanges({ query, listen: listener.listen }, since, AbortSignal.any([signal, closing.signal])),
    listen: listener.listen,
    async close() {
      closing.abort();
      await Promise.all([listener.close(), pool.close()]);
    },
  };
}

async function checkVersion(pool: Pool): Promise<void> {
  const session = await pool.acquire();
  try {
    const [row] = await session.query<{ number: number; version: string }>(
      `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version`,
    );
    if (row !== undefined && row.number < OLDEST_VERSION)
      throw storeError('DATABASE_TOO_OLD', { version: row.version });
  } finally {
    session.release();
  }
}
