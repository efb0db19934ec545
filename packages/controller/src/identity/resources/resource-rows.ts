import type { Queryable } from '../../store/store.ts';
import type { ColumnChange, ResourceKind, Row, Values } from './resource-kind.ts';

/** SQL for any kind of resource; column names come from its definition, never from a client. */
export async function selectRows(on: Queryable, kind: ResourceKind, filters: Values): Promise<Row[]> {
  const entries = Object.entries(filters);
  const conditions = entries.map(([column], index) => `${column} IS NOT DISTINCT FROM $${index + 1}`);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return on.query<Row>(
    `SELECT * FROM ${kind.table}${where} ORDER BY id`,
    entries.map(([, value]) => value),
  );
}

/** Locks the row against other changes until the transaction ends. */
export async function lockRow(tx: Queryable, kind: ResourceKind, id: string): Promise<Row | undefined> {
  const [row] = await tx.query<Row>(`SELECT * FROM ${kind.table} WHERE id = $1 FOR UPDATE`, [id]);
  return row;
}

export async function insertRow(tx: Queryable, kind: ResourceKind, columns: Values): Promise<Row> {
  const names = Object.keys(columns);
  const places = names.map((_, index) => `$${index + 1}`);
  const [row] = await tx.query<Row>(
    `INSERT INTO ${kind.table} (${names.join(', ')}) VALUES (${places.join(', ')}) RETURNING *`,
    names.map((name) => toParameter(columns[name])),
  );
  if (row === undefined) throw new Error(`inserting into ${kind.table} returned nothing`);
  return row;
}

export async function updateRow(tx: Queryable, kind: ResourceKind, row: Row, change: ColumnChange): Promise<Row> {
  const names = Object.keys(change.columns);
  const settings = [
    ...names.map((name, index) => `${name} = $${index + 2}`),
    ...(change.increments ?? []).map((name) => `${name} = ${name} + 1`),
  ];
  if (settings.length === 0) return row;
  const values = names.map((name) => toParameter(change.columns[name]));
  const [updated] = await tx.query<Row>(`UPDATE ${kind.table} SET ${settings.join(', ')} WHERE id = $1 RETURNING *`, [
    row.id,
    ...values,
  ]);
  return updated ?? row;
}

export async function deleteRow(tx: Queryable, kind: ResourceKind, id: string): Promise<void> {
  await tx.query(`DELETE FROM ${kind.table} WHERE id = $1`, [id]);
}

/** Objects are for jsonb columns, arrays for text[] ones. */
function toParameter(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? JSON.stringify(value) : value;
}
