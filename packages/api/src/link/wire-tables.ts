import { type HostTables, TABLE_NAMES } from '@netloom/core/tables/host-tables';
import type { WireTables } from './messages.ts';

/** A host view as it travels and as it is stored. */
export function toWireTables(tables: HostTables): WireTables {
  return Object.fromEntries(TABLE_NAMES.map((table) => [table, [...tables[table].values()]])) as unknown as WireTables;
}

export function fromWireTables(wire: WireTables): HostTables {
  const entries = TABLE_NAMES.map((table) => [table, new Map(wire[table].map((row) => [row.id, row]))]);
  return Object.fromEntries(entries) as unknown as HostTables;
}
