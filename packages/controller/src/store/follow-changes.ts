import { setTimeout as sleep } from 'node:timers/promises';
import { backoff } from './backoff.ts';
import { toChange } from './model-rows.ts';
import { isConnectionLoss } from './pg-errors.ts';
import type { ChangeBatch, Store } from './store.ts';
import { storeError } from './store-errors.ts';

const CHANNEL = 'netloom_changes';
/** Rows read at once; the last revision of a page is always whole. */
const PAGE_ROWS = 1000;

/**
 * One statement, so one view of the database: trimming moves the floor in the transaction that deletes, so a page cannot silently miss
 * what was trimmed meanwhile. There is one row at least.
 */
const PAGE = `
  WITH page AS (
    SELECT revision, kind, id, row FROM changes
    WHERE revision > $1 AND revision <= coalesce(
      (SELECT revision FROM changes WHERE revision > $1 ORDER BY revision OFFSET ${PAGE_ROWS - 1} LIMIT 1),
      9223372036854775807)
  )
  SELECT floor.revision AS floor, greatest(floor.revision, (SELECT max(revision) FROM changes)) AS newest, page.*
  FROM change_floor AS floor LEFT JOIN page ON true
  ORDER BY page.revision, page.kind, page.id`;

interface PageRow {
  readonly floor: number;
  readonly newest: number;
  readonly revision: number | null;
  readonly kind: string;
  readonly id: string;
  readonly row: object | null;
}

/** See `Store.feed`. Sleeps until a notification, and asks the log itself what happened: notifications may be lost or come twice. */
export async function* followChanges(
  store: Pick<Store, 'query' | 'listen'>,
  since: number,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, void, void> {
  let rung = Promise.withResolvers<void>();
  const ring = () => rung.resolve();
  signal.addEventListener('abort', ring);
  const subscription = await store.listen(CHANNEL, ring);
  try {
    for (let failures = 0; !signal.aborted; ) {
      rung = Promise.withResolvers();
      let rows: PageRow[];
      try {
        rows = await store.query<PageRow>(PAGE, [since]);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (!isConnectionLoss(error)) throw error;
        await sleep(backoff(failures++), undefined, { signal }).catch(() => undefined);
        continue;
      }
      checkHistory(rows[0], since);
      for (const batch of batches(rows)) {
        if (signal.aborted) return;
        since = batch.revision;
        yield batch;
      }
      if (rows.length >= PAGE_ROWS || signal.aborted) continue;
      await rung.promise;
    }
  } finally {
    signal.removeEventListener('abort', ring);
    await subscription[Symbol.asyncDispose]();
  }
}

/** A revision from the future is of another life of this database (restored from a backup, say): as good as gone. */
function checkHistory(row: PageRow | undefined, since: number): void {
  if (row === undefined) throw new Error('the change log has no floor');
  const { floor, newest } = row;
  if (since < floor || since > newest) throw storeError('HISTORY_GONE', { since, floor, newest });
}

function* batches(rows: readonly PageRow[]): Generator<ChangeBatch> {
  for (const [revision, ofRevision] of Map.groupBy(rows, (row) => row.revision)) {
    if (revision === null) continue;
    const changes = ofRevision.map(({ kind, id, row }) => toChange(kind, id, row));
    yield { revision, changes: changes.filter((change) => change !== undefined) };
  }
}
