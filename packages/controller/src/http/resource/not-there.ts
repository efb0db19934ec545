import type { Queryable } from '../../store/store.ts';
import { holds } from '../access.ts';
import type { ApiError } from '../api-error.ts';
import type { Caller } from '../caller.ts';
import type { Resource, Values } from './definition.ts';
import { factsOf, selectFacts } from './selection.ts';
import { canonicalUuid } from './value-types.ts';

/** The answer for an object that is not there for the caller: of a sub-resource it may be the parent that is missing. */
export async function notThere(
  db: Queryable,
  resource: Resource,
  { id, parentId, caller }: { id: string; parentId: string | undefined; caller: Caller },
): Promise<ApiError> {
  const { parent } = resource;
  if (parent === undefined || parentId === undefined) return resource.notFound(id);
  const found = await isVisible(db, parent.resource, { id: parentId, caller });
  return found ? resource.notFound(id, parentId) : parent.resource.notFound(parentId);
}

/** Whether an object is there for the caller. */
export async function isVisible(
  db: Queryable,
  resource: Resource,
  { id, caller }: { id: string; caller: Caller },
): Promise<boolean> {
  const uuid = canonicalUuid(id);
  if (uuid === undefined) return false;
  const [row] = await db.query<Values>(`SELECT ${selectFacts(resource)} FROM ${resource.table} t WHERE t.id = $1`, [
    uuid,
  ]);
  return row !== undefined && holds(resource.access.read, caller, factsOf(row));
}
