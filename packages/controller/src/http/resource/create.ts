import { randomUUID } from 'node:crypto';
import type { Queryable, Store } from '../../store/store.ts';
import { authorize, type ObjectFacts } from '../access.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../caller.ts';
import { explainConflict } from './conflict.ts';
import { policyName, type Resource, type Values, writtenColumn } from './definition.ts';
import { guardedAttributes } from './guarded.ts';
import { type Referenced, readReferences } from './references.ts';
import { ruleContext } from './rule-context.ts';
import { factsOf, selectAll, viewFor } from './selection.ts';
import { together } from './together.ts';
import { transact } from './transact.ts';
import type { Checked } from './validate.ts';

/** What a POST asks for. */
export interface Creation {
  readonly objects: readonly Checked[];
  /** The body was a list, and so is the answer. */
  readonly bulk: boolean;
  readonly caller: Caller;
}

interface Made {
  readonly rows: readonly Values[];
  readonly revision: number | null;
}

/** Makes one or many objects in one transaction: all of them or none. */
export function creator(store: Store, resource: Resource): (asked: Creation) => Promise<Answer> {
  async function write(objects: readonly Checked[], caller: Caller): Promise<Made> {
    const work = (tx: Queryable) => createWithin(tx, resource, { objects, caller, internal: false });
    const { value, revision } = await transact(store, work);
    return { rows: value, revision };
  }

  const writeOne = together<{ object: Checked; caller: Caller }, Made>(
    resource,
    async (requests, caller) => {
      const { rows, revision } = await write(
        requests.map(({ object }) => object),
        caller,
      );
      return rows.map((row) => ({ rows: [row], revision }));
    },
    ({ object }) => kindOf(resource, object),
  );

  return async ({ objects, bulk, caller }) => {
    const [object] = objects;
    const made = !bulk && object !== undefined ? await writeOne({ object, caller }) : await write(objects, caller);
    const view = viewFor(resource, caller);
    const shown = made.rows.map((row) => view.show(row));
    const body = bulk ? { [resource.collection]: shown } : { [resource.name]: shown[0] };
    return { status: 201, body, revision: made.revision };
  };
}

/** What creations must have in common to be one: the objects they name, and the attributes they give. */
function kindOf({ attributes }: Resource, { values, given }: Checked): unknown {
  const named = Object.keys(attributes).filter((name) => attributes[name]?.references !== undefined);
  return [named.map((name) => values[name] ?? null), given.toSorted()];
}

/**
 * The same inside a transaction that does more; gives the rows made, with every attribute, in the order of `objects` (of
 * validate.ts: checkNew). What the client asked for itself is not `internal`.
 */
export async function createWithin(
  tx: Queryable,
  resource: Resource,
  { objects, caller, internal = true }: { objects: readonly Checked[]; caller: Caller; internal?: boolean },
): Promise<Values[]> {
  const items = objects.map(({ values }) => ({ ...values, id: randomUUID() }) satisfies Values as Values);
  const referenced = await readReferences(tx, { resource, objects: items, caller });
  for (const [i, item] of items.entries()) {
    const attributes = guardedAttributes(resource, 'create', { values: item, given: objects[i]?.given ?? [] });
    const change = { rule: `create_${policyName(resource)}`, conditions: resource.access.create, attributes };
    authorize(caller, change, newFacts(resource, item, referenced));
  }
  const { context, current } = ruleContext(resource, { tx, caller, referenced, internal, items });
  try {
    await resource.rules?.beforeCreate?.(items, context);
    const made = await insertRows(tx, resource, items);
    await resource.rules?.afterCreate?.(made, context);
    return await current(made);
  } catch (error) {
    throw explainConflict(resource, error, items);
  }
}

/** Facts of an object that is not there yet: its parent's; or it is its maker's, on the network it names. */
function newFacts(resource: Resource, item: Values, referenced: Referenced): ObjectFacts {
  const project = typeof item['project_id'] === 'string' ? item['project_id'] : '';
  for (const [name, attribute] of Object.entries(resource.attributes)) {
    const row = referenced.get(name)?.get(String(item[name]));
    if (row === undefined) continue;
    if (name === resource.parent?.attribute) return factsOf(row);
    if (!attribute.references?.isNetwork) continue;
    const network = factsOf(row);
    return { project, sharedWith: network.sharedWith, networkProject: network.project };
  }
  return { project, sharedWith: [], networkProject: null };
}

/** Writes rows, those that say the same columns in one statement, and gives them back in the same order as they can be read. */
export async function insertRows(tx: Queryable, resource: Resource, items: readonly Values[]): Promise<Values[]> {
  const byId = new Map<unknown, Values>();
  // Apart from the others: a column that is left out has the database's default, but one that other rows of the statement have is null.
  for (const alike of Map.groupBy(items, (item) => [...columnsOf(resource, item).values()].join()).values()) {
    for (const row of await insertAlike(tx, resource, alike)) byId.set(row['id'], row);
  }
  return items.map((item) => byId.get(item['id']) ?? item);
}

/** The columns that an object says something of, by attribute. */
function columnsOf({ attributes }: Resource, item: Values): ReadonlyMap<string, string> {
  const columns = new Map<string, string>();
  for (const [name, attribute] of Object.entries(attributes)) {
    const column = writtenColumn(name, attribute);
    if (column !== undefined && item[name] !== undefined) columns.set(name, column);
  }
  return columns;
}

async function insertAlike(tx: Queryable, resource: Resource, items: readonly Values[]): Promise<Values[]> {
  const columns = columnsOf(resource, items[0] ?? {});
  const rows = items.map((item) => Object.fromEntries([...columns].map(([name, column]) => [column, item[name]])));
  const list = [...columns.values()].map((column) => `"${column}"`).join(', ');
  const also = (resource.alsoInsert ?? []).map((insert, i) => `, also_${i} AS (${insert})`);
  return tx.query<Values>(
    `WITH made AS (INSERT INTO ${resource.table} (${list})` +
      ` SELECT ${list} FROM jsonb_populate_recordset(NULL::${resource.table}, $1::jsonb) RETURNING *)${also.join('')}` +
      ` SELECT ${selectAll(resource)} FROM made t`,
    [JSON.stringify(rows)],
  );
}
