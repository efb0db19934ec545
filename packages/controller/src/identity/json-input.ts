import { invalidInput } from './identity-error.ts';

/** A JSON object as a client sent it; only own properties count. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own property; undefined when absent. */
export function field(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export function optionalObject(object: JsonObject, name: string, path: string): JsonObject | undefined {
  const value = field(object, name);
  if (value === undefined) return undefined;
  if (!isObject(value)) throw wrongType(`${path}/${name}`, value, 'object');
  return value;
}

export function optionalString(object: JsonObject, name: string, path: string): string | undefined {
  const value = field(object, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw wrongType(`${path}/${name}`, value, 'string');
  return value;
}

export function wrongType(path: string, value: unknown, type: string): Error {
  const shown = JSON.stringify(value);
  return invalidInput(path, `${shown.length > 100 ? `${shown.slice(0, 100)}...` : shown} is not of type '${type}'`);
}

/** Deepest nesting a body may have. */
const MAX_DEPTH = 32;

/** True when every string in it, keys included, can be stored: PostgreSQL takes neither NUL nor a lone surrogate. */
export function isStorable(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= MAX_DEPTH) return false;
  return Object.entries(value).every(([key, member]) => isStorable(key) && isStorable(member, depth + 1));
}
