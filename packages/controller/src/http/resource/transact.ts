import type { Queryable, Store } from '../../store/store.ts';
import { DrawnTwice } from './conflict.ts';
import { overQuota } from './over-quota.ts';

const MOST_DRAWS = 10;

/**
 * A transaction of the store for changes of resources: does it again when a key that rules drew at random was in use, and says what
 * the counters of quotas found at its end.
 */
export async function transact<T>(
  store: Store,
  work: (tx: Queryable) => Promise<T>,
): Promise<{ readonly value: T; readonly revision: number | null }> {
  for (let draw = 1; ; draw++) {
    try {
      return await store.transaction(work);
    } catch (error) {
      if (!(error instanceof DrawnTwice) || draw === MOST_DRAWS) throw overQuota(error) ?? error;
    }
  }
}
