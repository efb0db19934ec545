import type { Resource } from '../resource/definition.ts';
import { TAG_FILTERS } from '../resource/list-query.ts';
import type { Schema } from './resource-schemas.ts';

/** What a list takes in its query. */
export function listParameters({ attributes }: Resource): Schema[] {
  const entries = Object.entries(attributes);
  const filters = entries.filter(([, attribute]) => attribute.filter !== undefined).map(([name]) => name);
  const sortable = entries.filter(([, attribute]) => attribute.sort).map(([name]) => name);
  const tags = attributes['tags'] === undefined ? [] : Object.keys(TAG_FILTERS);
  return [
    ...filters.map((name) => many(name, { type: 'string' }, 'Only objects that have one of the values.')),
    ...tags.map((name) => one(name, { type: 'string' }, 'Tags with commas between them.')),
    FIELDS,
    many('sort_key', { type: 'string', enum: sortable }, 'Attributes to sort by, the first one first.'),
    many('sort_dir', { type: 'string', enum: ['asc', 'desc'] }, 'One for each sort_key.'),
    one('limit', { type: 'integer', minimum: 0 }, 'Objects on a page; 0 for all.'),
    one('marker', { type: 'string' }, 'Id of the last object of the page before.'),
    one('page_reverse', { type: 'boolean' }, 'The page before the marker instead.'),
  ];
}

/** What the answer shows of an object. */
export const FIELDS = many('fields', { type: 'string' }, 'Attributes to show; all unless told.');

function many(name: string, items: Schema, description: string): Schema {
  return { name, in: 'query', description, schema: { type: 'array', items }, explode: true };
}

function one(name: string, schema: Schema, description: string): Schema {
  return { name, in: 'query', description, schema };
}
