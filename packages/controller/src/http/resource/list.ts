import type { Portions, Queryable, Store } from '../../store/store.ts';
import { holdsSql } from '../access.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../caller.ts';
import { attributeSql, type Bind, type Resource, type Values } from './definition.ts';
import { type ListQuery, type SortKey, TAG_FILTERS } from './list-query.ts';
import { type ListParts, listText, streamedListText } from './list-text.ts';
import { isVisible } from './not-there.ts';
import { objectText, type Row } from './object-text.ts';
import { type ListAddress, pageLinks } from './page-links.ts';
import { factColumns, parentColumn, selectAttributes, viewFor } from './selection.ts';
import { canonicalUuid } from './value-types.ts';

/** Reads a page of a collection: what the caller can see and the filters let through. A long one is sent while it is read. */
export async function list(
  db: Store,
  resource: Resource,
  asked: { query: ListQuery; address: ListAddress; caller: Caller; parentId?: string | undefined },
): Promise<Answer> {
  const { query, address, caller, parentId } = asked;
  await resource.beforeList?.(db, asked);
  const order = query.reverse ? query.sort.map((key) => ({ ...key, descending: !key.descending })) : query.sort;
  const from =
    query.marker === undefined ? undefined : await readMarker(db, resource, { marker: query.marker, order, caller });
  const objects = objectText(resource, caller, viewFor(resource, caller, query.fields));
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const conditions = [holdsSql(resource.access.read, caller, { facts: factColumns(resource), bind })];
  if (resource.parent !== undefined && parentId !== undefined) {
    conditions.push(`t."${parentColumn(resource.parent, resource.attributes)}"::text = ${bind(parentId)}`);
  }
  for (const [name, wanted] of query.filters) conditions.push(filterSql(resource, name, { wanted, bind, caller }));
  if (from !== undefined) conditions.push(afterSql(resource, order, { from, bind }));
  const sorted = order.map(
    (key) => `${sortSql(resource, key)} ${key.descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST'}`,
  );
  const limit = query.limit === undefined ? '' : ` LIMIT ${query.limit}`;
  const portions = await db.read(
    `SELECT ${selectAttributes(resource, objects.selected)} FROM ${resource.table} t WHERE ${conditions.join(' AND ')} ORDER BY ${sorted.join(', ')}${limit}`,
    values,
  );
  const { collection } = resource;
  const parts: ListParts = { collection, objects, links: (page) => pageLinks(address, { ...page, query }) };
  // What is read backwards begins with its end.
  if (portions.more !== undefined && !query.reverse) {
    return { status: 200, text: streamedListText(portions, parts) };
  }
  const rows = await allRows(portions);
  if (rows.length === 0) await refuseMissingParent(db, resource, asked);
  if (query.reverse) rows.reverse();
  return { status: 200, text: listText(rows, parts) };
}

async function allRows({ rows, more, close }: Portions): Promise<Row[]> {
  const all = [...rows];
  try {
    for await (const portion of more ?? []) for (const row of portion) all.push(row);
  } finally {
    await close();
  }
  return all;
}

/** Nothing is under a parent that is not there, which is another answer than nothing under one that is. */
async function refuseMissingParent(
  db: Queryable,
  { parent }: Resource,
  { parentId, caller }: { parentId?: string | undefined; caller: Caller },
): Promise<void> {
  if (parent === undefined || parentId === undefined) return;
  if (!(await isVisible(db, parent.resource, { id: parentId, caller }))) throw parent.resource.notFound(parentId);
}

function filterSql(
  resource: Resource,
  name: string,
  { wanted, bind, caller }: { wanted: readonly string[]; bind: Bind; caller: Caller },
): string {
  const byTags = TAG_FILTERS[name];
  if (byTags !== undefined) {
    return wanted.map((tags) => byTags(`${bind(tags.split(','))}::text[]`)).join(' AND ');
  }
  const attribute = resource.attributes[name];
  if (attribute === undefined) throw new Error(`${resource.name} has no attribute ${name}`);
  if (typeof attribute.filter === 'function') return attribute.filter(wanted, bind, caller);
  const { type } = attribute;
  const sql = attributeSql(name, attribute);
  const values = wanted.map((text) => type.fromText(text)).filter((value) => value !== undefined);
  const equal = values.length === 0 ? 'FALSE' : `${sql} = ANY(${bind(values)}::${type.sql}[])`;
  return wanted.includes('') ? `(${equal} OR ${sql} IS NULL)` : equal;
}

function sortSql(resource: Resource, key: SortKey): string {
  const attribute = resource.attributes[key.attribute];
  if (attribute === undefined) throw new Error(`${resource.name} has no attribute ${key.attribute}`);
  const sql = attributeSql(key.attribute, attribute);
  // One order everywhere, whatever language the database was made for.
  return attribute.type.sql === 'text' ? `(${sql}) COLLATE "C"` : `(${sql})`;
}

/** The sort values of the marker's row. */
async function readMarker(
  db: Queryable,
  resource: Resource,
  { marker, order, caller }: { marker: string; order: readonly SortKey[]; caller: Caller },
): Promise<readonly unknown[]> {
  const id = canonicalUuid(marker);
  if (id === undefined) throw resource.notFound(marker);
  const values: unknown[] = [id];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const visible = holdsSql(resource.access.read, caller, { facts: factColumns(resource), bind });
  const selected = order.map((key, i) => `(${sortSql(resource, key)})::text AS k${i}`).join(', ');
  const [row] = await db.query<Values>(
    `SELECT ${selected} FROM ${resource.table} t WHERE t.id = $1 AND ${visible}`,
    values,
  );
  if (row === undefined) throw resource.notFound(marker);
  return order.map((_, i) => row[`k${i}`]);
}

/** Rows that come after the marker: alike in the first keys and beyond it in the next one. Null comes before every value. */
function afterSql(
  resource: Resource,
  order: readonly SortKey[],
  { from, bind }: { from: readonly unknown[]; bind: Bind },
): string {
  let alike = 'TRUE';
  const ways: string[] = [];
  for (const [i, key] of order.entries()) {
    const sql = sortSql(resource, key);
    const value = from[i];
    const type = resource.attributes[key.attribute]?.type.sql ?? 'text';
    const place = value === null ? '' : `${bind(value)}::${type}`;
    if (value === null) ways.push(`(${alike} AND ${key.descending ? 'FALSE' : `${sql} IS NOT NULL`})`);
    else if (key.descending) ways.push(`(${alike} AND (${sql} < ${place} OR ${sql} IS NULL))`);
    else ways.push(`(${alike} AND ${sql} > ${place})`);
    alike += value === null ? ` AND ${sql} IS NULL` : ` AND ${sql} = ${place}`;
  }
  return `(${ways.join(' OR ')})`;
}
