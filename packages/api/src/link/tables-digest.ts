import { hash } from 'node:crypto';
import { type HostTables, TABLE_NAMES, type TableName } from '@netloom/core/tables/host-tables';

/**
 * The same 32 hexadecimal digits for the same rows, in whatever order they came and whatever order their fields have:
 * how controller and agent find that a replica is a view without sending it. Finds mistakes, not malice.
 */
export function tablesDigest(tables: HostTables): string {
  const sum = new Uint32Array(4);
  for (const table of TABLE_NAMES) for (const row of tables[table].values()) mix(sum, rowDigest(table, row));
  return [...sum].map((part) => part.toString(16).padStart(8, '0')).join('');
}

/** Rows never change, and one that many host views share is hashed once. */
const digests = new WeakMap<object, Uint32Array>();

function rowDigest(table: TableName, row: object): Uint32Array {
  let digest = digests.get(row);
  if (digest === undefined) {
    digest = newDigest(table, row);
    digests.set(row, digest);
  }
  return digest;
}

function newDigest(table: TableName, row: object): Uint32Array {
  const bytes = hash('sha1', `${table} ${canonicalJson(row)}`, 'buffer');
  return Uint32Array.of(bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8), bytes.readUInt32LE(12));
}

function mix(sum: Uint32Array, digest: Uint32Array): void {
  for (let i = 0; i < 4; i++) sum[i] = (sum[i] ?? 0) + (digest[i] ?? 0);
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`;
}
