import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { backoff } from './backoff.ts';
import { connectionConfig, statementNames } from './pg-connection.ts';
import { isConnectionLoss, isStalePlan, toStoreError } from './pg-errors.ts';
import { rowPortions } from './row-portions.ts';
import type { Queryable } from './store.ts';
import { storeError } from './store-errors.ts';

/** A connection out of the pool, for one user at a time. */
export interface Session extends Queryable {
  /** Sends several statements as one message, without values; one result each. */
  script(text: string): Promise<{ command: string; rows: Record<string, unknown>[] }[]>;
  /** Rows of one statement, as lists of their values, in portions as they are taken. One who leaves before the end loses the connection. */
  portions(text: string, values?: readonly unknown[]): AsyncGenerator<unknown[][], void, void>;
  /** True once the connection is known to be gone. */
  readonly lost: boolean;
  release(): void;
}

export interface Pool {
  /** Waits for a free connection, and some seconds for a database that is restarting. */
  acquire(): Promise<Session>;
  /** Waits for the connections that are in use, but not for ever. */
  close(): Promise<void>;
}

/** Tries to connect, about three seconds in all: an embedded server is back within one. */
const CONNECT_ATTEMPTS = 8;
const CLOSE_MS = 10_000;

export function openPool(url: string, size: number): Pool {
  const pool = new pg.Pool({ ...connectionConfig(url), max: size });
  const closing = new AbortController();
  const nameOf = statementNames();
  // An error of a connection is also that of the statement under way on it, or of none.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));

  async function acquire(): Promise<Session> {
    for (let attempt = 1; ; attempt++) {
      if (closing.signal.aborted) throw storeError('STORE_CLOSED');
      try {
        return session(await pool.connect(), nameOf);
      } catch (error) {
        if (attempt === CONNECT_ATTEMPTS || !isConnectionLoss(error)) throw toStoreError(error);
        await sleep(backoff(attempt), undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }

  async function close(): Promise<void> {
    closing.abort();
    if (pool.ending) return;
    const ended = new AbortController();
    const late = sleep(CLOSE_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    await Promise.race([pool.end(), late]);
    ended.abort();
  }

  return { acquire, close };
}

function session(client: pg.PoolClient, nameOf: (text: string) => string | undefined): Session {
  let lost = false;
  let stale = false;
  const onEnd = () => {
    lost = true;
  };
  client.once('end', onEnd).once('error', onEnd);

  function failed(error: unknown): never {
    lost ||= isConnectionLoss(error);
    stale ||= isStalePlan(error);
    throw toStoreError(error);
  }

  function statement(text: string, values: readonly unknown[] = []): pg.QueryConfig {
    // Only statements with values: without, a text may hold several statements, which cannot be prepared.
    const name = values.length > 0 ? nameOf(text) : undefined;
    return { text, values: [...values], ...(name === undefined ? {} : { name }) };
  }

  return {
    async query<Row extends object>(text: string, values?: readonly unknown[]) {
      const result = await client.query<Row>(statement(text, values)).catch(failed);
      return result.rows;
    },
    async *portions(text: string, values?: readonly unknown[]) {
      let over = false;
      try {
        yield* rowPortions(client, statement(text, values));
        over = true;
      } catch (error) {
        over = true;
        failed(error);
      } finally {
        lost ||= !over;
      }
    },
    async script(text) {
      return (await client.query(text).catch(failed)) as unknown as {
        command: string;
        rows: Record<string, unknown>[];
      }[];
    },
    get lost() {
      return lost;
    },
    release() {
      client.off('end', onEnd).off('error', onEnd);
      client.release(lost || stale);
    },
  };
}
