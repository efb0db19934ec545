import type { Store } from '../../store/store.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../caller.ts';
import { explainConflict } from './conflict.ts';
import type { Resource } from './definition.ts';
import { checkRevision, lockRow } from './locked-row.ts';

/** Deletes one object. */
export async function remove(
  store: Store,
  resource: Resource,
  { id, caller, ifMatch }: { id: string; caller: Caller; ifMatch: number | undefined },
): Promise<Answer> {
  const { revision } = await store.transaction(async (tx) => {
    const old = await lockRow(tx, resource, { id, caller, action: 'delete' });
    try {
      await resource.rules?.beforeDelete?.(old, { tx, caller, referenced: new Map() });
      checkRevision(old, ifMatch);
      await tx.query(`DELETE FROM ${resource.table} WHERE id = $1`, [old['id']]);
    } catch (error) {
      throw explainConflict(resource, error, [old]);
    }
  });
  return { status: 204, revision };
}
