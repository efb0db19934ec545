import type { Queryable, Store } from '../../store/store.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../caller.ts';
import { explainConflict } from './conflict.ts';
import { policyName, type Resource } from './definition.ts';
import { checkRevision, lockRow } from './locked-row.ts';
import { ruleContext } from './rule-context.ts';
import { transact } from './transact.ts';

export interface Removal {
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly caller: Caller;
  readonly ifMatch?: number | undefined;
  readonly internal?: boolean;
}

/** Deletes one object. */
export async function remove(store: Store, resource: Resource, asked: Removal): Promise<Answer> {
  const { revision } = await transact(store, (tx) => removeWithin(tx, resource, { ...asked, internal: false }));
  return { status: 204, revision };
}

/** The same inside a transaction that does more. */
export async function removeWithin(tx: Queryable, resource: Resource, asked: Removal): Promise<void> {
  const { id, parentId, caller, ifMatch, internal = true } = asked;
  const rule = `delete_${policyName(resource)}`;
  const old = await lockRow(tx, resource, { id, parentId, caller, rule, conditions: resource.access.delete });
  try {
    await resource.rules?.beforeDelete?.(old, ruleContext(resource, { tx, caller, internal }).context);
    checkRevision(old, ifMatch);
    await tx.query(`DELETE FROM ${resource.table} WHERE id = $1`, [old['id']]);
  } catch (error) {
    throw explainConflict(resource, error, [old]);
  }
}
