import type { Queryable, Store } from '../../store/store.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../caller.ts';
import { explainConflict } from './conflict.ts';
import { policyName, type Resource, type Values, writtenColumn } from './definition.ts';
import { guardedAttributes } from './guarded.ts';
import { checkRevision, lockRow } from './locked-row.ts';
import { readReferences } from './references.ts';
import { ruleContext } from './rule-context.ts';
import { selectAll, viewFor } from './selection.ts';
import { transact } from './transact.ts';
import type { Checked } from './validate.ts';

export interface Update {
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly changes: Checked;
  readonly caller: Caller;
  readonly ifMatch?: number | undefined;
  readonly internal?: boolean;
}

/** Changes one object. */
export async function update(store: Store, resource: Resource, asked: Update): Promise<Answer> {
  const { value, revision } = await transact(store, (tx) => updateWithin(tx, resource, { ...asked, internal: false }));
  return { status: 200, body: { [resource.name]: viewFor(resource, asked.caller).show(value) }, revision };
}

/** The same inside a transaction that does more; gives the row with every attribute. */
export async function updateWithin(tx: Queryable, resource: Resource, asked: Update): Promise<Values> {
  const { id, parentId, changes, caller, ifMatch, internal = true } = asked;
  const old = await lockRow(tx, resource, {
    id,
    parentId,
    caller,
    rule: `update_${policyName(resource)}`,
    conditions: resource.access.update,
    attributes: guardedAttributes(resource, 'update', changes),
  });
  checkRevision(old, ifMatch);
  const values = { ...changes.values };
  const referenced = await readReferences(tx, { resource, objects: [values], caller });
  const { context, current } = ruleContext(resource, { tx, caller, referenced, internal, items: [values] });
  try {
    await resource.rules?.beforeUpdate?.(old, values, context);
    const made = (await updateRow(tx, resource, { id: String(old['id']), values })) ?? old;
    await resource.rules?.afterUpdate?.(old, made, context);
    return (await current([made]))[0] ?? made;
  } catch (error) {
    throw explainConflict(resource, error, [values]);
  }
}

/** Writes changed attributes of one row, and its next revision; undefined when there is nothing to write. */
export async function updateRow(
  tx: Queryable,
  resource: Resource,
  { id, values }: { id: string; values: Values },
): Promise<Values | undefined> {
  const columns: Values = {};
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const attribute = resource.attributes[name];
    const column = attribute && writtenColumn(name, attribute);
    if (column !== undefined) columns[column] = value;
  }
  const assignments = Object.keys(columns)
    .sort()
    .map((name) => `"${name}" = new."${name}"`);
  // What no column keeps is a change of the object all the same.
  if (given.length > 0 && resource.attributes['updated_at']) assignments.push('updated_at = now()');
  if (given.length > 0 && resource.attributes['revision_number']) {
    assignments.push('revision_number = t.revision_number + 1');
  }
  if (assignments.length === 0) return undefined;
  const [made] = await tx.query<Values>(
    `UPDATE ${resource.table} t SET ${assignments.join(', ')}` +
      ` FROM jsonb_populate_record(NULL::${resource.table}, $2::jsonb) new WHERE t.id = $1 RETURNING ${selectAll(resource)}`,
    [id, JSON.stringify(columns)],
  );
  return made;
}
