import type { Pool } from './pg-pool.ts';
import { PORTION_ROWS } from './row-portions.ts';
import type { Portions } from './store.ts';

/**
 * See `Store.read`. A long read keeps a connection until its rows are taken, so those who take them slowly could keep all of them: no
 * more than `most` reads wait for theirs, the rows of others come into memory at once.
 */
export function longReads(pool: Pool, most: number) {
  let waiting = 0;

  return async (text: string, values?: readonly unknown[]): Promise<Portions> => {
    const session = await pool.acquire();
    const portions = session.portions(text, values);
    let kept = false;
    try {
      const rows = (await portions.next()).value ?? [];
      if (rows.length >= PORTION_ROWS && waiting < most) {
        kept = true;
        waiting++;
        return { rows, more: portions, close: once(close) };
      }
      for await (const portion of portions) for (const row of portion) rows.push(row);
      return { rows, close: async () => undefined };
    } finally {
      if (!kept) session.release();
    }

    async function close(): Promise<void> {
      await portions.return();
      session.release();
      waiting--;
    }
  };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
