import type { Queryable } from '../../store/store.ts';
import { type Action, authorize, type Change, holds } from '../access.ts';
import { ApiError } from '../api-error.ts';
import type { Caller } from '../caller.ts';
import type { Resource, Values } from './definition.ts';
import { factsOf, selectAll, selectFacts } from './selection.ts';
import { canonicalUuid } from './value-types.ts';

/** What somebody wants to do to one object. */
export interface Intent {
  readonly id: string;
  readonly caller: Caller;
  readonly action: Action;
  readonly attributes?: Change['attributes'];
}

/**
 * Reads an object and keeps others from changing it until the end of the transaction. Throws 404 when the caller cannot see it, 403
 * when it may not do this to it.
 */
export async function lockRow(tx: Queryable, resource: Resource, intent: Intent): Promise<Values> {
  const { id, caller, action, attributes = [] } = intent;
  const uuid = canonicalUuid(id);
  if (uuid === undefined) throw resource.notFound(id);
  const [row] = await tx.query<Values>(
    `SELECT ${selectAll(resource)}, ${selectFacts(resource)} FROM ${resource.table} t WHERE t.id = $1 FOR NO KEY UPDATE OF t`,
    [uuid],
  );
  if (row === undefined) throw resource.notFound(id);
  const facts = factsOf(row);
  if (!holds(resource.access.read, caller, facts)) throw resource.notFound(id);
  authorize(caller, { action, resource: resource.name, conditions: resource.access[action], attributes }, facts);
  return row;
}

/** Throws 412 when the client wants another revision of the object (If-Match) than the one there is. */
export function checkRevision(row: Values, ifMatch: number | undefined): void {
  const current = row['revision_number'];
  if (ifMatch === undefined || typeof current !== 'number' || ifMatch === current) return;
  throw new ApiError(
    412,
    'RevisionNumberConstraintFailed',
    `Constrained to ${ifMatch}, but current revision is ${current}`,
  );
}
