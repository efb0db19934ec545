import { setTimeout as sleep } from 'node:timers/promises';
import { backoff } from './backoff.ts';
import { isContention, isStalePlan } from './pg-errors.ts';
import type { Pool, Session } from './pg-pool.ts';
import type { Queryable } from './store.ts';
import { storeError } from './store-errors.ts';

interface Outcome<T> {
  readonly value: T;
  readonly revision: number | null;
}

const CONTENTION_ATTEMPTS = 12;
const CONTENTION_MOST_MS = 250;
const CONNECTION_ATTEMPTS = 4;

/**
 * One message for the end: the deferred triggers take the lock of the change log, and nobody should wait for our next message while
 * we hold it. That lock comes first whatever was written first: else one who has it and one who has a quota's counter wait for each other.
 */
const FINISH = `SET CONSTRAINTS log_change, log_change_of_update IMMEDIATE; SET CONSTRAINTS ALL IMMEDIATE;
 SELECT current_setting('netloom.revision', true) AS revision; COMMIT`;

/**
 * See `Store.transaction`. A connection that is lost before the commit was sent is a retry too; one that is lost after it leaves the
 * outcome unknown, and only the caller can tell whether doing it again is right: COMMIT_UNKNOWN.
 */
export async function runTransaction<T>(pool: Pool, work: (tx: Queryable) => Promise<T>): Promise<Outcome<T>> {
  for (let contended = 0, lost = 0; ; ) {
    const session = await pool.acquire();
    let commitSent = false;
    try {
      const value = await inTransaction(session, work);
      commitSent = !session.lost;
      return { value, revision: await finish(session) };
    } catch (error) {
      if (session.lost && commitSent) throw storeError('COMMIT_UNKNOWN', {}, error);
      if (session.lost) {
        if (++lost === CONNECTION_ATTEMPTS) throw error;
      } else {
        await session.query('ROLLBACK').catch(() => undefined);
        if (!isContention(error) && !isStalePlan(error)) throw error;
        if (++contended === CONTENTION_ATTEMPTS) {
          throw storeError('TRANSACTION_CONTENDED', { attempts: CONTENTION_ATTEMPTS }, error);
        }
      }
    } finally {
      session.release();
    }
    await sleep(backoff(contended + lost, CONTENTION_MOST_MS));
  }
}

async function inTransaction<T>(session: Session, work: (tx: Queryable) => Promise<T>): Promise<T> {
  let over = false;
  const tx: Queryable = {
    query(text, values) {
      // A straggler of `work` must not write into the next transaction of this connection.
      if (over) return Promise.reject(new Error('query after the end of its transaction'));
      return session.query(text, values);
    },
  };
  // Not awaited before the work: its first statement travels in the same packet.
  const begun = session.query('BEGIN');
  begun.catch(() => undefined);
  try {
    const value = await work(tx);
    await begun;
    return value;
  } finally {
    over = true;
  }
}

async function finish(session: Session): Promise<number | null> {
  const results = await session.script(FINISH);
  if (results.at(-1)?.command !== 'COMMIT') throw new Error('the transaction was ended by its own work');
  const revision = results.at(-2)?.rows[0]?.['revision'];
  return revision ? Number(revision) : null;
}
