import type { Queryable } from '../../../store/store.ts';

/** The smallest numbers from 1 on that no row of a table has; nobody else takes any of it until the end of the transaction. */
export async function takeNumbers(
  tx: Queryable,
  { table, column }: { table: string; column: string },
  count: number,
): Promise<number[]> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('netloom/numbers/' || $1, 0))`, [table]);
  const rows = await tx.query<{ number: number }>(
    `SELECT smallest_free(ARRAY(SELECT ${column} FROM ${table}), $1) AS number`,
    [count],
  );
  return rows.map((row) => row.number);
}
