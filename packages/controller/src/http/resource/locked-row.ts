import type { Queryable } from '../../store/store.ts';
import { authorize, type Change, type Conditions, holds } from '../access.ts';
import { ApiError } from '../api-error.ts';
import type { Caller } from '../caller.ts';
import type { Resource, Values } from './definition.ts';
import { notThere } from './not-there.ts';
import { factsOf, parentColumn, selectAll, selectFacts } from './selection.ts';
import { canonicalUuid } from './value-types.ts';

/** What somebody wants to do to one object. */
export interface Intent {
  readonly id: string;
  /** From the path of a sub-resource. */
  readonly parentId?: string | undefined;
  readonly caller: Caller;
  /** The policy rule that it falls under, "update_network", and what opens it. */
  readonly rule: string;
  readonly conditions: Conditions;
  readonly attributes?: Change['attributes'];
}

/**
 * Reads an object and keeps others from changing it until the end of the transaction. Throws 404 when the caller cannot see it, 403
 * when it may not do this to it.
 */
export async function lockRow(tx: Queryable, resource: Resource, intent: Intent): Promise<Values> {
  return readRow(tx, resource, { ...intent, lock: true });
}

/** The same for several objects of one parent, in the order of `intents`. An object may be meant only once. */
export async function lockRows(tx: Queryable, resource: Resource, intents: readonly Intent[]): Promise<Values[]> {
  const [first] = intents;
  if (first === undefined) return [];
  const ids = intents.map(({ id }) => canonicalUuid(id)).filter((id) => id !== undefined);
  if (new Set(ids).size < ids.length) throw new Error('one of the objects is meant twice');
  const { parentId } = first;
  const rows = await tx.query<Values>(
    `SELECT ${selectAll(resource)}, ${selectFacts(resource)} FROM ${resource.table} t WHERE t.id = ANY($1::uuid[])` +
      // In one order for all: two that change the same objects would else wait for each other.
      `${ofParent(resource, parentId)} ORDER BY t.id FOR NO KEY UPDATE OF t`,
    parentId === undefined ? [ids] : [ids, parentId],
  );
  const byId = new Map(rows.map((row) => [row['id'], row]));
  const found: Values[] = [];
  for (const intent of intents)
    found.push(await judge(tx, resource, { row: byId.get(canonicalUuid(intent.id)), ...intent, lock: true }));
  return found;
}

/** The same for somebody who changes nothing, and so keeps nobody waiting. */
export async function readRow(
  tx: Queryable,
  resource: Resource,
  intent: Intent & { readonly lock?: true },
): Promise<Values> {
  const { id, parentId, lock } = intent;
  const uuid = canonicalUuid(id);
  if (uuid === undefined) return judge(tx, resource, { ...intent, row: undefined });
  const [row] = await tx.query<Values>(
    `SELECT ${selectAll(resource)}, ${selectFacts(resource)} FROM ${resource.table} t WHERE t.id = $1${ofParent(resource, parentId)}` +
      (lock ? ' FOR NO KEY UPDATE OF t' : ''),
    parentId === undefined ? [uuid] : [uuid, parentId],
  );
  return judge(tx, resource, { ...intent, row });
}

/** The row, if the caller sees it and may do this to it. */
async function judge(
  tx: Queryable,
  resource: Resource,
  { row, ...intent }: Intent & { readonly row: Values | undefined; readonly lock?: true },
): Promise<Values> {
  const { id, parentId, caller, rule, conditions, attributes = [], lock } = intent;
  const facts = row && factsOf(row);
  if (row === undefined || facts === undefined || !holds(resource.access.read, caller, facts)) {
    throw await notThere(tx, resource, { id, parentId, caller });
  }
  authorize(caller, { rule, conditions, attributes, reads: !lock }, facts);
  return row;
}

/** The condition that an object is under the parent of the path, whose id is the second value of the statement. */
export function ofParent({ parent, attributes }: Resource, parentId: string | undefined): string {
  if (parent === undefined || parentId === undefined) return '';
  return ` AND t."${parentColumn(parent, attributes)}"::text = $2`;
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
