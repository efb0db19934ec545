import type { Attribute } from './definition.ts';
import { integer, produced, tagList, text, uuid } from './value-types.ts';

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

function time(column: string): string {
  return `to_char(t.${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
}
