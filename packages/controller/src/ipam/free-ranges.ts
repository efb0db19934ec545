import type { Range } from '@netloom/core/net/range';
import type { Queryable } from '../store/store.ts';

/*
 * Free numbers of a space, kept as ranges in the database (0002-networking.sql): addresses of a subnet's allocation pools (space = the
 * subnet's id) and VNIs (space VNI_SPACE). Each function locks its space to the end of the transaction. Who needs several
 * subnets in one transaction locks them first with `lockSubnets`; then no two transactions can wait for each other.
 */

export const VNI_SPACE = 'vni';

/** Adds disjoint ranges to a space, in the order in which they are to be used up. Throws when one is free there already. */
export async function openSpace(tx: Queryable, space: string, ranges: readonly Range[]): Promise<void> {
  await tx.query('SELECT free_ranges_open($1, $2::numeric[], $3::numeric[])', [
    space,
    ranges.map((range) => String(range.first)),
    ranges.map((range) => String(range.last)),
  ]);
}

/** Forgets all free numbers of a space. */
export async function closeSpace(tx: Queryable, space: string): Promise<void> {
  await tx.query('SELECT free_ranges_close($1)', [space]);
}

/** The number that has been free longest, lowest first in a fresh space; undefined when none is left. */
export async function takeNext(tx: Queryable, space: string): Promise<bigint | undefined> {
  return (await takeMany(tx, space, 1))[0];
}

/** Like `n` calls of takeNext; fewer than `n` numbers when no more are left. */
export async function takeMany(tx: Queryable, space: string, n: number): Promise<bigint[]> {
  const rows = await tx.query<{ value: string }>('SELECT free_ranges_take($1, $2)::text AS value', [space, n]);
  return rows.map((row) => BigInt(row.value));
}

/** Takes one given number; false when it is in use or was never in the space: the caller knows the pools and can tell which. */
export async function takeExact(tx: Queryable, space: string, value: bigint): Promise<boolean> {
  const [row] = await tx.query<{ taken: boolean }>('SELECT free_ranges_take_exact($1, $2::numeric) AS taken', [
    space,
    String(value),
  ]);
  return row?.taken === true;
}

/** Frees numbers, to be handed out after all others that are free now; no effect on those that are free. Only for numbers of the spaces. */
export async function giveBack(
  tx: Queryable,
  numbers: readonly { readonly space: string; readonly value: bigint }[],
): Promise<void> {
  if (numbers.length === 0) return;
  // In their order, so that those that follow one another become one range.
  const sorted = numbers.toSorted((a, b) => (a.value < b.value ? -1 : 1));
  await tx.query(
    'SELECT free_ranges_give_back(space, value) FROM unnest($1::text[], $2::numeric[]) AS freed (space, value)',
    [sorted.map(({ space }) => space), sorted.map(({ value }) => String(value))],
  );
}

/** Locks the rows of subnets in the one order that all callers share; tells which of them exist. */
export async function lockSubnets(tx: Queryable, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ id: string }>(
    'SELECT id FROM subnets WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE',
    [[...ids]],
  );
  return new Set(rows.map((row) => row.id));
}
