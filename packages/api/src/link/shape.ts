import { linkError } from './link-errors.ts';

/** Gives the value when it has the shape; throws LINK_MALFORMED with the place otherwise. */
export type Shape<T> = (value: unknown, at: string) => T;

function malformed(at: string, reason: string): never {
  throw linkError('LINK_MALFORMED', { at: at === '' ? 'the message itself' : at, reason });
}

/** Text that can be stored: PostgreSQL takes neither zero bytes nor halves of surrogate pairs. */
export function text(maxLength: number): Shape<string> {
  return (value, at) =>
    typeof value === 'string' && value.length <= maxLength && value.isWellFormed() && !value.includes('\0')
      ? value
      : malformed(at, `no text of at most ${maxLength}`);
}

export function integer(min: number, max: number): Shape<number> {
  return (value, at) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : malformed(at, `no whole number from ${min} to ${max}`);
}

export const flag: Shape<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : malformed(at, 'neither true nor false');

export function oneOf<const T extends string | number | null>(...values: readonly T[]): Shape<T> {
  return (value, at) =>
    values.includes(value as T) ? (value as T) : malformed(at, `none of ${values.map((v) => String(v)).join(', ')}`);
}

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at) => (value === null ? null : shape(value, at));
}

export function listOf<T>(shape: Shape<T>, maxLength: number): Shape<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value) || value.length > maxLength) malformed(at, `no list of at most ${maxLength}`);
    for (const [i, entry] of value.entries()) shape(entry, `${at}[${i}]`);
    return value as readonly T[];
  };
}

export function pairOf<T>(shape: Shape<T>): Shape<readonly [T, T]> {
  const list = listOf(shape, 2);
  return (value, at) =>
    list(value, at).length === 2 ? (value as readonly [T, T]) : malformed(at, 'no list of exactly 2');
}

/** One of several objects, told apart by the text in one field of theirs. */
export function variantOf<T extends object>(field: string, shapes: Readonly<Record<string, Shape<T>>>): Shape<T> {
  const known = oneOf(...Object.keys(shapes));
  return (value, at) => {
    const shape = shapes[known(fieldsOf(value, at)[field] as string, `${at}.${field}`)];
    return shape === undefined ? malformed(at, 'unknown') : shape(value, at);
  };
}

const keyShape = text(255);

export function recordOf<T>(shape: Shape<T>, maxSize: number): Shape<Readonly<Record<string, T>>> {
  return (value, at) => {
    const fields = fieldsOf(value, at);
    const keys = Object.keys(fields);
    if (keys.length > maxSize) malformed(at, `more than ${maxSize} entries`);
    for (const key of keys) shape(fields[keyShape(key, at)], `${at}.${key}`);
    return fields as Readonly<Record<string, T>>;
  };
}

/** Every named field and no other; fields named in `optional` may be absent. */
export function object<T extends object>(
  shapes: { readonly [K in keyof T]-?: Shape<Exclude<T[K], undefined>> },
  optional: readonly (keyof T)[] = [],
): Shape<T> {
  const known = Object.entries(shapes) as [string, Shape<unknown>][];
  const mayMiss = new Set<PropertyKey>(optional);
  return (value, at) => {
    const fields = fieldsOf(value, at);
    let seen = 0;
    for (const [name, shape] of known) {
      const place = at === '' ? name : `${at}.${name}`;
      if (Object.hasOwn(fields, name)) {
        shape(fields[name], place);
        seen++;
      } else if (!mayMiss.has(name)) malformed(place, 'missing');
    }
    if (seen !== Object.keys(fields).length)
      malformed(at, `unknown field ${Object.keys(fields).find((name) => !Object.hasOwn(shapes, name))}`);
    return fields as T;
  };
}

function fieldsOf(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) malformed(at, 'no object');
  return value as Readonly<Record<string, unknown>>;
}
