import type { Queryable } from './store.ts';

/**
 * Drops all but about the newest `keep` revisions (at least 1) from the change log, and resolves with how many changes went. Feeds that
 * are further behind end with HISTORY_GONE.
 */
export async function trimHistory(store: Queryable, keep: number): Promise<number> {
  const [row] = await store.query<{ trimmed: number }>(
    `WITH cut AS (SELECT max(revision) - greatest($1::bigint, 1) AS revision FROM changes),
      gone AS (DELETE FROM changes USING cut WHERE changes.revision <= cut.revision RETURNING 1),
      floor AS (UPDATE change_floor SET revision = cut.revision FROM cut WHERE cut.revision > change_floor.revision)
    SELECT count(*) AS trimmed FROM gone`,
    [keep],
  );
  return row?.trimmed ?? 0;
}
