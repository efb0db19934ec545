import type { Queryable } from '../../store/store.ts';
import { holds } from '../access.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../caller.ts';
import type { Resource, Values } from './definition.ts';
import { ofParent } from './locked-row.ts';
import { notThere } from './not-there.ts';
import { factsOf, selectAttributes, selectFacts, viewFor } from './selection.ts';
import { canonicalUuid } from './value-types.ts';

/** Reads one object; of its attributes those in `fields`, or all when it names none. */
export async function show(
  db: Queryable,
  resource: Resource,
  asked: { id: string; parentId?: string | undefined; fields: readonly string[]; caller: Caller },
): Promise<Answer> {
  const { id, parentId, fields, caller } = asked;
  const uuid = canonicalUuid(id);
  if (uuid === undefined) throw await notThere(db, resource, { id, parentId, caller });
  const view = viewFor(resource, caller, fields);
  const list = [selectAttributes(resource, view.needed), selectFacts(resource)]
    .filter((part) => part !== '')
    .join(', ');
  const [row] = await db.query<Values>(
    `SELECT ${list} FROM ${resource.table} t WHERE t.id = $1${ofParent(resource, parentId)}`,
    parentId === undefined ? [uuid] : [uuid, parentId],
  );
  if (row === undefined || !holds(resource.access.read, caller, factsOf(row))) {
    throw await notThere(db, resource, { id, parentId, caller });
  }
  return { status: 200, body: { [resource.name]: view.show(row) } };
}
