import type { Queryable, Store } from '../../store/store.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../caller.ts';
import { explainConflict } from './conflict.ts';
import { policyName, type Resource } from './definition.ts';
import { checkRevision, lockRows } from './locked-row.ts';
import { ruleContext } from './rule-context.ts';
import { together } from './together.ts';
import { transact } from './transact.ts';

export interface Removal {
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly caller: Caller;
  readonly ifMatch?: number | undefined;
}

/** Deletes one object. */
export function remover(store: Store, resource: Resource): (asked: Removal) => Promise<Answer> {
  return together(
    resource,
    async (asked, caller) => {
      const { revision } = await transact(store, (tx) => removeAll(tx, resource, { asked, caller, internal: false }));
      return asked.map(() => ({ status: 204, revision }));
    },
    ({ parentId }) => parentId,
  );
}

/** The same inside a transaction that does more. */
export function removeWithin(tx: Queryable, resource: Resource, asked: Removal): Promise<void> {
  return removeAll(tx, resource, { asked: [asked], caller: asked.caller, internal: true });
}

/** Deletes objects of one parent: all of them or none. */
async function removeAll(
  tx: Queryable,
  resource: Resource,
  { asked, caller, internal }: { asked: readonly Removal[]; caller: Caller; internal: boolean },
): Promise<void> {
  const rule = `delete_${policyName(resource)}`;
  const intents = asked.map((one) => ({ ...one, rule, conditions: resource.access.delete }));
  const olds = await lockRows(tx, resource, intents);
  try {
    await resource.rules?.beforeDelete?.(olds, ruleContext(resource, { tx, caller, internal }).context);
    for (const [i, old] of olds.entries()) checkRevision(old, asked[i]?.ifMatch);
    await tx.query(`DELETE FROM ${resource.table} WHERE id = ANY($1::uuid[])`, [olds.map((old) => old['id'])]);
  } catch (error) {
    throw explainConflict(resource, error, olds);
  }
}
