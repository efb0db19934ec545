import { isConnectionLoss, isContention } from '../store/pg-errors.ts';
import type { Queryable, Store } from '../store/store.ts';

/** A store that stands for one open transaction of another. */
export interface Stage {
  readonly store: Store;
  /** While `scene` runs, everything asked of the store is a part of the transaction. */
  play(tx: Queryable, scene: () => Promise<void>): Promise<void>;
  /** Throws what only the whole transaction, done again, can mend; an answer of the server cannot tell it. */
  rethrow(): void;
}

export function stageStore(): Stage {
  let current: Queryable | undefined;
  let fault: unknown;

  const query: Queryable['query'] = async (text, values) => {
    if (current === undefined) throw new Error('nothing is played');
    return current.query(text, values);
  };
  const no = () => {
    throw new Error('a transaction has no such thing');
  };

  return {
    store: {
      query,
      async transaction(work) {
        await query('SAVEPOINT scene');
        try {
          const value = await work({ query });
          // What a commit would find, it finds now; the change that is at fault is the one to blame.
          await query('SET CONSTRAINTS ALL IMMEDIATE');
          await query('SET CONSTRAINTS ALL DEFERRED');
          return { value, revision: null };
        } catch (error) {
          if (isContention(error) || isConnectionLoss(error)) fault = error;
          else await query('ROLLBACK TO SAVEPOINT scene');
          throw error;
        }
      },
      async read(text, values) {
        const rows = await query(text, values);
        return { rows: rows.map((row) => Object.values(row)), close: async () => undefined };
      },
      snapshot: no,
      feed: no,
      listen: no,
      close: no,
    },
    async play(tx, scene) {
      current = tx;
      fault = undefined;
      try {
        await scene();
      } finally {
        current = undefined;
      }
    },
    rethrow() {
      if (fault !== undefined) throw fault;
    },
  };
}
