import type { Store } from '../../store/store.ts';
import { holds } from '../access.ts';
import type { Answer } from '../answer.ts';
import { ApiError } from '../api-error.ts';
import type { Caller } from '../caller.ts';
import { policyName, type Resource, type Values } from './definition.ts';
import { lockRow } from './locked-row.ts';
import { badRequest } from './request-body.ts';
import { factsOf, selectFacts } from './selection.ts';
import { canonicalUuid, isObject, parseTag, tagList } from './value-types.ts';

/** Whose tags, and who asks. */
export interface TagTarget {
  readonly id: string;
  readonly caller: Caller;
}

/** The sub-resource /{collection}/{id}/tags of a resource that has tags. */
export function tagsOf(store: Store, resource: Resource) {
  async function read({ id, caller }: TagTarget): Promise<string[]> {
    const uuid = canonicalUuid(id);
    const [row] =
      uuid === undefined
        ? []
        : await store.query<Values>(
            `SELECT t.tags, ${selectFacts(resource)} FROM ${resource.table} t WHERE t.id = $1`,
            [uuid],
          );
    if (row === undefined || !holds(resource.access.read, caller, factsOf(row))) throw notThere(id);
    return (row['tags'] as string[]).toSorted();
  }

  /** Writes what `change` makes of the tags, unless that is the same. */
  async function write({ id, caller }: TagTarget, change: (tags: readonly string[]) => readonly string[]) {
    const { revision } = await store.transaction(async (tx) => {
      const row = await locked();
      const old = row['tags'] as string[];
      const tags = change(old);
      if (tags.length === old.length && tags.every((tag) => old.includes(tag))) return;
      await tx.query(
        `UPDATE ${resource.table} SET tags = $2::text[], updated_at = now(), revision_number = revision_number + 1 WHERE id = $1`,
        [row['id'], tags],
      );

      async function locked(): Promise<Values> {
        try {
          const rule = `update_${policyName(resource)}`;
          return await lockRow(tx, resource, { id, caller, rule, conditions: resource.access.update });
        } catch (error) {
          throw error instanceof ApiError && error.status === 404 ? notThere(id) : error;
        }
      }
    });
    return revision;
  }

  function notThere(id: string): ApiError {
    return new ApiError(404, 'TagResourceNotFound', `Resource ${resource.collection} ${id} could not be found.`);
  }

  return {
    async list(target: TagTarget): Promise<Answer> {
      return { status: 200, body: { tags: await read(target) } };
    },

    async has(target: TagTarget, tag: string): Promise<Answer> {
      if ((await read(target)).includes(tag)) return { status: 204 };
      throw noSuchTag(tag);
    },

    async replace(target: TagTarget, body: unknown): Promise<Answer> {
      if (!isObject(body) || !Object.hasOwn(body, 'tags')) throw badRequest("Unable to find 'tags' in request body");
      const tags = tagList.parse(body['tags']);
      for (const tag of tags) refuseBroken(tag);
      return { status: 200, body: { tags }, revision: await write(target, () => tags) };
    },

    async add(target: TagTarget, tag: string): Promise<Answer> {
      refuseBroken(parseTag(tag));
      return { status: 201, body: null, revision: await write(target, (tags) => [...new Set([...tags, tag])]) };
    },

    async remove(target: TagTarget, tag: string): Promise<Answer> {
      const revision = await write(target, (tags) => {
        if (!tags.includes(tag)) throw noSuchTag(tag);
        return tags.filter((other) => other !== tag);
      });
      return { status: 204, revision };
    },

    async removeAll(target: TagTarget): Promise<Answer> {
      return { status: 204, revision: await write(target, () => []) };
    },
  };
}

function refuseBroken(tag: string): void {
  if (tag.includes('\0') || !tag.isWellFormed())
    throw badRequest('Invalid input for tags. Reason: it is not a valid string.');
}

function noSuchTag(tag: string): ApiError {
  return new ApiError(404, 'TagNotFound', `Tag ${tag} could not be found.`);
}
