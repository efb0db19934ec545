import { ADMIN_ONLY, isSharedWith } from '../access.ts';
import type { Attribute } from './definition.ts';
import { bool, integer, produced, tagList, text, uuid } from './value-types.ts';

const LARGEST_INTEGER = 2_147_483_647;

/** id, name and project, which open every resource. `tenant_id` is the older name of `project_id` and handled with it. */
export const IDENTITY = {
  id: { type: uuid, filter: true, sort: true },
  name: { type: text(), create: true, update: true, default: '', filter: true, sort: true },
  project_id: { type: text(), create: true, filter: true, sort: true },
} as const satisfies Record<string, Attribute>;

/** Description, tags, times and revision, which close every resource that has the standard attributes. */
export const STANDARD = {
  description: { type: text(), create: true, update: true, default: '', filter: true, sort: true },
  tags: { type: tagList, default: [] },
  created_at: { type: produced({ type: 'string', format: 'date-time' }), generated: true, select: time('created_at') },
  updated_at: { type: produced({ type: 'string', format: 'date-time' }), generated: true, select: time('updated_at') },
  revision_number: { type: integer(0, LARGEST_INTEGER), generated: true, filter: true, sort: true },
} as const satisfies Record<string, Attribute>;

/**
 * Whether RBAC policies share the object with whoever asks; for a resource with `rbac`. An admin who gives it makes, or takes away, the
 * policy that shares with all. Where the field's server takes no `shared`, leave out `create` and `update`.
 */
export const SHARED: Attribute = {
  type: bool,
  create: ADMIN_ONLY,
  update: ADMIN_ONLY,
  default: false,
  column: null,
  select: 't.shared_with',
  derive: { from: [], value: (_, targets, caller) => isSharedWith(targets as string[], caller.projectId) },
  filter: sharedWhere('t.shared_with'),
};

/** The filter for whether `targets`, SQL over `t` for the projects that an object is shared with, has the caller's. */
export function sharedWhere(targets: string): Exclude<Attribute['filter'], true | undefined> {
  return (values, bind, caller) => {
    const shared = `${targets} && ARRAY['*', ${bind(caller.projectId ?? '*')}]`;
    return `(${shared}) = ANY(${bind(values.map((value) => bool.fromText(value)))}::boolean[])`;
  };
}

function time(column: string): string {
  return `to_char(t.${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
}
