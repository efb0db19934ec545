import type { Queryable } from '../../store/store.ts';
import type { Caller } from '../caller.ts';
import type { Resource, RuleContext, Values } from './definition.ts';
import type { Referenced } from './references.ts';
import { selectAll } from './selection.ts';

interface Parts {
  readonly tx: Queryable;
  readonly caller: Caller;
  readonly referenced?: Referenced;
  readonly internal?: boolean;
  readonly items?: readonly Values[];
}

/** What rules work with; `current` gives rows as they are once the rules have run. */
export function ruleContext(resource: Resource, { tx, caller, referenced, internal, items }: Parts) {
  let stale = false;
  const context: RuleContext = {
    tx,
    caller,
    referenced: referenced ?? new Map(),
    internal: internal ?? false,
    items: items ?? [],
    reread: () => {
      stale = true;
    },
  };

  async function current(rows: readonly Values[]): Promise<Values[]> {
    if (!stale) return [...rows];
    const again = await tx.query<Values>(
      `SELECT ${selectAll(resource)} FROM ${resource.table} t WHERE t.id = ANY($1::uuid[])`,
      [rows.map((row) => row['id'])],
    );
    const byId = new Map(again.map((row) => [row['id'], row]));
    return rows.map((row) => byId.get(row['id']) ?? row);
  }

  return { context, current };
}
