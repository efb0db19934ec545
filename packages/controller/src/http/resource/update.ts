import { randomUUID } from 'node:crypto';
import type { Queryable, Store } from '../../store/store.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../caller.ts';
import { explainConflict } from './conflict.ts';
import { policyName, type Resource, type Values, writtenColumn } from './definition.ts';
import { guardedAttributes } from './guarded.ts';
import { checkRevision, lockRows } from './locked-row.ts';
import { readReferences } from './references.ts';
import { ruleContext } from './rule-context.ts';
import { selectAll, viewFor } from './selection.ts';
import { together } from './together.ts';
import { transact } from './transact.ts';
import type { Checked } from './validate.ts';

export interface Update {
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly changes: Checked;
  readonly caller: Caller;
  readonly ifMatch?: number | undefined;
}

/** Changes one object. */
export function updater(store: Store, resource: Resource): (asked: Update) => Promise<Answer> {
  const write = together<Update, { readonly row: Values; readonly revision: number | null }>(
    resource,
    async (asked, caller) => {
      const { value, revision } = await transact(store, (tx) =>
        updateAll(tx, resource, { asked, caller, internal: false }),
      );
      return value.map((row) => ({ row, revision }));
    },
    ({ parentId, changes: { given } }) =>
      given.some((name) => resource.changedAlone?.includes(name)) ? randomUUID() : [parentId, given.toSorted()],
  );
  return async (asked) => {
    const { row, revision } = await write(asked);
    return { status: 200, body: { [resource.name]: viewFor(resource, asked.caller).show(row) }, revision };
  };
}

/** The same inside a transaction that does more; gives the row with every attribute. */
export async function updateWithin(tx: Queryable, resource: Resource, asked: Update): Promise<Values> {
  const [row = {}] = await updateAll(tx, resource, { asked: [asked], caller: asked.caller, internal: true });
  return row;
}

/** Changes objects of one parent, all of them or none; gives their rows in the order of `asked`. */
async function updateAll(
  tx: Queryable,
  resource: Resource,
  { asked, caller, internal }: { asked: readonly Update[]; caller: Caller; internal: boolean },
): Promise<Values[]> {
  const rule = `update_${policyName(resource)}`;
  const intents = asked.map((one) => {
    const attributes = guardedAttributes(resource, 'update', one.changes);
    return { ...one, rule, conditions: resource.access.update, attributes };
  });
  const olds = await lockRows(tx, resource, intents);
  for (const [i, old] of olds.entries()) checkRevision(old, asked[i]?.ifMatch);
  const items = asked.map(({ changes }) => ({ ...changes.values }));
  const referenced = await readReferences(tx, { resource, objects: items, caller });
  const changes = olds.map((old, i) => {
    const values = items[i] ?? {};
    return { old, values, ...ruleContext(resource, { tx, caller, referenced, internal, items: [values] }) };
  });
  try {
    for (const { old, values, context } of changes) await resource.rules?.beforeUpdate?.(old, values, context);
    const written = await updateRows(
      tx,
      resource,
      changes.map(({ old, values }) => ({ id: String(old['id']), values })),
    );
    const rows: Values[] = [];
    for (const { old, context, current } of changes) {
      const made = written.get(old['id']) ?? old;
      await resource.rules?.afterUpdate?.(old, made, context);
      rows.push((await current([made]))[0] ?? made);
    }
    return rows;
  } catch (error) {
    throw explainConflict(resource, error, items);
  }
}

interface RowChange {
  readonly id: string;
  readonly values: Values;
}

/** Writes changed attributes of rows, and their next revisions; gives by id those of which there was anything to write. */
export async function updateRows(
  tx: Queryable,
  resource: Resource,
  changes: readonly RowChange[],
): Promise<ReadonlyMap<unknown, Values>> {
  const written = new Map<unknown, Values>();
  const alike = Map.groupBy(changes, ({ values }) => assignmentsOf(resource, values).join(', '));
  for (const [assignments, some] of alike) {
    if (assignments === '') continue;
    const rows = some.map(({ id, values }) => ({ ...columnsOf(resource, values), id }));
    const made = await tx.query<Values>(
      `UPDATE ${resource.table} t SET ${assignments} FROM jsonb_populate_recordset(NULL::${resource.table}, $2::jsonb) new` +
        ` WHERE t.id = ANY($1::uuid[]) AND new.id = t.id RETURNING ${selectAll(resource)}`,
      [some.map(({ id }) => id), JSON.stringify(rows)],
    );
    for (const row of made) written.set(row['id'], row);
  }
  return written;
}

function assignmentsOf(resource: Resource, values: Values): string[] {
  const assignments = Object.keys(columnsOf(resource, values))
    .sort()
    .map((name) => `"${name}" = new."${name}"`);
  // What no column keeps is a change of the object all the same.
  if (Object.values(values).every((value) => value === undefined)) return assignments;
  if (resource.attributes['updated_at']) assignments.push('updated_at = now()');
  if (resource.attributes['revision_number']) assignments.push('revision_number = t.revision_number + 1');
  return assignments;
}

/** What is written of changed attributes, by column. */
function columnsOf(resource: Resource, values: Values): Values {
  const columns: Values = {};
  for (const [name, value] of Object.entries(values)) {
    const attribute = resource.attributes[name];
    const column = attribute && writtenColumn(name, attribute);
    if (column !== undefined && value !== undefined) columns[column] = value;
  }
  return columns;
}
