import type { Queryable } from '../../store/store.ts';
import { holds } from '../access.ts';
import type { Caller } from '../caller.ts';
import type { Reference, Resource, Values } from './definition.ts';
import { factsOf, selectFacts } from './selection.ts';
import { canonicalUuid } from './value-types.ts';

export type Referenced = ReadonlyMap<string, ReadonlyMap<string, Values>>;

/** Reads the rows that the objects name. Throws the not-found error of the first one that is not there for the caller. */
export async function readReferences(
  tx: Queryable,
  { resource, objects, caller }: { resource: Resource; objects: readonly Values[]; caller: Caller },
): Promise<Referenced> {
  const found = new Map<string, ReadonlyMap<string, Values>>();
  for (const [name, attribute] of Object.entries(resource.attributes)) {
    if (attribute.references === undefined) continue;
    const ids = new Set(objects.flatMap((object) => object[name]).filter((id) => typeof id === 'string'));
    if (ids.size > 0) found.set(name, await readRows(tx, attribute.references, { ids, caller }));
  }
  return found;
}

async function readRows(
  tx: Queryable,
  reference: Reference,
  { ids, caller }: { ids: ReadonlySet<string>; caller: Caller },
): Promise<ReadonlyMap<string, Values>> {
  const { resource, notFound = resource.notFound } = reference;
  const also = Object.entries(reference.also ?? {}).map(([name, sql]) => `, ${sql} AS "${name}"`);
  const rows = await tx.query<Values>(
    `SELECT t.id AS "id", ${selectFacts(resource)}${also.join('')} FROM ${resource.table} t WHERE t.id = ANY($1::uuid[])` +
      (reference.lock ? ' ORDER BY t.id FOR NO KEY UPDATE OF t' : ''),
    [[...ids].filter((id) => canonicalUuid(id) === id)],
  );
  const byId = new Map(rows.map((row) => [String(row['id']), row]));
  for (const id of ids) {
    const row = byId.get(id);
    if (row === undefined || !holds(resource.access.read, caller, factsOf(row))) throw notFound(id);
  }
  return byId;
}
