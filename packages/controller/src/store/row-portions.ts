import pg from 'pg';

/** Rows in one portion, at least, unless they are the last ones. */
export const PORTION_ROWS = 500;

/**
 * Runs a statement and gives its rows, as lists of their values, in portions. While nobody takes them the connection is not read, and so the server waits. One who
 * leaves before the end cuts the connection: there is no other way to stop a server in the middle of an answer without reading it.
 */
export async function* rowPortions(
  client: pg.PoolClient,
  statement: pg.QueryConfig,
): AsyncGenerator<unknown[][], void, void> {
  // What the pool gives are clients, though its types tell less of them.
  const { stream } = (client as unknown as pg.Client).connection;
  let rows: unknown[][] = [];
  let over = false;
  let failure: Error | undefined;
  let news = Promise.withResolvers<void>();
  client
    .query(new pg.Query<unknown[]>({ ...statement, rowMode: 'array' } as pg.QueryConfig))
    .on('row', (row) => {
      rows.push(row);
      if (rows.length < PORTION_ROWS) return;
      // One portion ahead: the server works on it while the one before is taken.
      if (rows.length >= 2 * PORTION_ROWS) stream.pause();
      news.resolve();
    })
    .on('error', (error) => {
      failure = error;
      over = true;
      news.resolve();
    })
    .on('end', () => {
      over = true;
      news.resolve();
    });
  try {
    while (!over) {
      await news.promise;
      const portion = rows;
      rows = [];
      news = Promise.withResolvers();
      if (over) news.resolve();
      stream.resume();
      if (failure === undefined && portion.length > 0) yield portion;
    }
    if (failure !== undefined) throw failure;
    if (rows.length > 0) yield rows;
  } finally {
    if (!over) stream.destroy();
  }
}
