import { ApiError } from '../api-error.ts';
import type { Caller } from '../caller.ts';
import type { Resource } from './definition.ts';
import { literal } from './python-text.ts';
import { badRequest } from './request-body.ts';
import { seenBy } from './selection.ts';
import { invalidInput } from './value-types.ts';

export interface SortKey {
  readonly attribute: string;
  readonly descending: boolean;
}

/** What a list request asks for. */
export interface ListQuery {
  /** Any of the values, for each attribute. */
  readonly filters: ReadonlyMap<string, readonly string[]>;
  readonly sort: readonly SortKey[];
  /** Undefined: all. */
  readonly limit: number | undefined;
  /** Id of the last object of the page before (of the first one, when reversed). */
  readonly marker: string | undefined;
  /** The page before the marker instead of the one after it. */
  readonly reverse: boolean;
  readonly fields: readonly string[];
}

const NOT_FILTERS = new Set(['fields', 'sort_key', 'sort_dir', 'limit', 'marker', 'page_reverse']);
const MOST = 1_000_000_000;

/** Reads the query of a list request. Throws 400 for what it does not understand (extension filter-validation). */
export function parseListQuery(resource: Resource, query: URLSearchParams, caller: Caller): ListQuery {
  refuseBroken(query);
  return {
    filters: filtersOf(resource, query, caller),
    sort: sortOf(resource, query, caller),
    limit: limitOf(query.get('limit')),
    marker: query.get('marker') || undefined,
    reverse: query.get('page_reverse')?.toLowerCase() === 'true',
    fields: fieldsOf(query),
  };
}

export function fieldsOf(query: URLSearchParams): string[] {
  return query.getAll('fields').filter((field) => field !== '');
}

function refuseBroken(query: URLSearchParams): void {
  for (const [name, value] of query) {
    if (value.includes('\0')) throw invalidInput(`the value of '${literal(name)}' is not a valid string`);
  }
}

function filtersOf(resource: Resource, query: URLSearchParams, caller: Caller): Map<string, string[]> {
  const filters = new Map<string, string[]>();
  const unknown: string[] = [];
  for (const key of new Set(query.keys())) {
    if (NOT_FILTERS.has(key)) continue;
    const name = key === 'tenant_id' ? 'project_id' : key;
    const attribute = Object.hasOwn(resource.attributes, name) ? resource.attributes[name] : undefined;
    const open = attribute?.seen === 'admin' ? seenBy(caller, attribute) : true;
    const known = (attribute?.filter !== undefined && open) || isTagFilter(resource, key);
    if (known) filters.set(name, [...(filters.get(name) ?? []), ...query.getAll(key)]);
    else unknown.push(key);
  }
  if (unknown.length > 0) throw badRequest(`${literal(unknown)} is invalid attribute for filtering`);
  return filters;
}

/** Filters by tags: all of them, one of them, not all of them, none of them. */
export const TAG_FILTERS: Readonly<Record<string, (tags: string) => string>> = {
  tags: (tags) => `t.tags @> ${tags}`,
  'tags-any': (tags) => `t.tags && ${tags}`,
  'not-tags': (tags) => `NOT t.tags @> ${tags}`,
  'not-tags-any': (tags) => `NOT t.tags && ${tags}`,
};

function isTagFilter(resource: Resource, key: string): boolean {
  return resource.attributes['tags'] !== undefined && Object.hasOwn(TAG_FILTERS, key);
}

function sortOf(resource: Resource, query: URLSearchParams, caller: Caller): SortKey[] {
  const keys = query.getAll('sort_key').filter((key) => key !== '');
  const directions = query.getAll('sort_dir').filter((direction) => direction !== '');
  if (keys.length !== directions.length) throw badRequest('The number of sort_keys and sort_dirs must be same');
  const names = keys.map((key) => (key === 'tenant_id' ? 'project_id' : key));
  const absent = keys.filter((_, i) => !sortable(resource, names[i] ?? '', caller));
  if (absent.length > 0) throw badRequest(`${literal(absent)} is invalid attribute for sort_keys`);
  const odd = directions.filter((direction) => direction !== 'asc' && direction !== 'desc');
  if (odd.length > 0) {
    throw badRequest(`${literal(odd)} is invalid value for sort_dirs, valid value is 'asc' and 'desc'`);
  }
  const sort = names.map((attribute, i) => ({ attribute, descending: directions[i] === 'desc' }));
  const first = sort.filter((key, i) => names.indexOf(key.attribute) === i);
  return names.includes('id') ? first : [...first, { attribute: 'id', descending: false }];
}

function sortable(resource: Resource, name: string, caller: Caller): boolean {
  const attribute = Object.hasOwn(resource.attributes, name) ? resource.attributes[name] : undefined;
  return attribute?.sort === true && seenBy(caller, attribute);
}

function limitOf(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  const limit = /^\s*\+?\d+\s*$/.test(text) ? Number(text) : -1;
  if (limit < 0) {
    throw new ApiError(
      400,
      'BadRequest',
      `Bad limit request: Limit must be an integer 0 or greater and not ${literal(text)}.`,
    );
  }
  return limit === 0 ? undefined : Math.min(limit, MOST);
}
