import { type HostTables, TABLE_NAMES, type TableRows, type TablesDelta } from './host-tables.ts';

export function emptyTables(): HostTables {
  return Object.fromEntries(TABLE_NAMES.map((table) => [table, new Map()])) as unknown as HostTables;
}

/** The tables after a delta; the given ones stay as they are, and untouched tables are shared. */
export function applyDelta(tables: HostTables, delta: TablesDelta): HostTables {
  const result: Record<string, ReadonlyMap<string, TableRows[keyof TableRows]>> = { ...tables };
  for (const table of TABLE_NAMES) {
    const change = delta[table];
    if (change === undefined) continue;
    const rows = new Map<string, TableRows[keyof TableRows]>(tables[table]);
    for (const id of change.deletes) rows.delete(id);
    for (const row of change.upserts) rows.set(row.id, row);
    result[table] = rows;
  }
  return result as unknown as HostTables;
}
