import type { Queryable, Store } from '../../store/store.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../caller.ts';
import { explainConflict } from './conflict.ts';
import { type Resource, type RuleContext, type Values, writtenColumn } from './definition.ts';
import { guardedAttributes } from './guarded.ts';
import { checkRevision, lockRow } from './locked-row.ts';
import { readReferences } from './references.ts';
import { selectAll, viewFor } from './selection.ts';
import type { Checked } from './validate.ts';

/** Changes one object. */
export async function update(
  store: Store,
  resource: Resource,
  { id, changes, caller, ifMatch }: { id: string; changes: Checked; caller: Caller; ifMatch: number | undefined },
): Promise<Answer> {
  const attributes = guardedAttributes(resource, 'update', changes);
  const { value, revision } = await store.transaction(async (tx) => {
    const old = await lockRow(tx, resource, { id, caller, action: 'update', attributes });
    checkRevision(old, ifMatch);
    const values = { ...changes.values };
    const referenced = await readReferences(tx, { resource, objects: [values], caller });
    const context: RuleContext = { tx, caller, referenced };
    try {
      await resource.rules?.beforeUpdate?.(old, values, context);
      const made = await updateRow(tx, resource, { id: String(old['id']), values });
      await resource.rules?.afterUpdate?.(old, made ?? old, context);
      return made ?? old;
    } catch (error) {
      throw explainConflict(resource, error, [values]);
    }
  });
  return { status: 200, body: { [resource.name]: viewFor(resource, caller).show(value) }, revision };
}

/** Writes changed attributes of one row, and its next revision; undefined when none of them is kept in a column. */
export async function updateRow(
  tx: Queryable,
  resource: Resource,
  { id, values }: { id: string; values: Values },
): Promise<Values | undefined> {
  const columns: Values = {};
  for (const [name, value] of Object.entries(values)) {
    const attribute = resource.attributes[name];
    const column = attribute && writtenColumn(name, attribute);
    if (column !== undefined && value !== undefined) columns[column] = value;
  }
  const names = Object.keys(columns).sort();
  if (names.length === 0) return undefined;
  const assignments = names.map((name) => `"${name}" = new."${name}"`).join(', ');
  const [made] = await tx.query<Values>(
    `UPDATE ${resource.table} t SET ${assignments}, updated_at = now(), revision_number = t.revision_number + 1` +
      ` FROM jsonb_populate_record(NULL::${resource.table}, $2::jsonb) new WHERE t.id = $1 RETURNING ${selectAll(resource)}`,
    [id, JSON.stringify(columns)],
  );
  return made;
}
