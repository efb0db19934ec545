import { ApiError } from '../api-error.ts';
import { literal, pythonText } from './python-text.ts';

/** PostgreSQL types that attributes are compared and sorted as. */
export type SqlType = 'text' | 'uuid' | 'bigint' | 'boolean' | 'inet' | 'jsonb';

/** What values an attribute takes, in request bodies and in filters. */
export interface ValueType<T = unknown> {
  /** JSON Schema of the value. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly sql: SqlType;
  /** The value of a request body as it is kept. Throws InvalidValue, or ApiError where the field's server names no attribute. */
  parse(value: unknown): T;
  /** The text of a filter as a value to compare with; undefined when no object can have it. */
  fromText(text: string): T | undefined;
}

/** A value that an attribute cannot take; whoever knows the attribute makes the answer of it. */
export class InvalidValue extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'InvalidValue';
  }
}

export function invalidInput(reason: string): ApiError {
  return new ApiError(400, 'InvalidInput', `Invalid input for operation: ${reason}.`);
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** The canonical text of a UUID; undefined when the text is none. */
export function canonicalUuid(text: string): string | undefined {
  if (!UUID.test(text)) return undefined;
  const hex = text.replaceAll('-', '').toLowerCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A string of at most `longest` characters. */
export function text(longest = 255): ValueType<string> {
  return {
    schema: { type: 'string', maxLength: longest },
    sql: 'text',
    parse(value) {
      if (typeof value !== 'string') throw new InvalidValue(`'${pythonText(value)}' is not a valid string`);
      if (lengthOf(value) > longest) {
        throw new InvalidValue(`'${pythonText(value)}' exceeds maximum length of ${longest}`);
      }
      return value;
    },
    fromText: (value) => value,
  };
}

/** Characters, not UTF-16 units. */
function lengthOf(value: string): number {
  return Array.from(value).length;
}

export const uuid: ValueType<string> = {
  schema: { type: 'string', format: 'uuid' },
  sql: 'uuid',
  parse(value) {
    const id = typeof value === 'string' ? canonicalUuid(value) : undefined;
    if (id === undefined) throw new InvalidValue(`'${pythonText(value)}' is not a valid UUID`);
    return id;
  },
  fromText: canonicalUuid,
};

const TRUE = new Set(['1', 't', 'true', 'on', 'y', 'yes']);
const FALSE = new Set(['0', 'f', 'false', 'off', 'n', 'no']);

export const bool: ValueType<boolean> = {
  schema: { type: 'boolean' },
  sql: 'boolean',
  parse(value) {
    const word = pythonText(value).trim().toLowerCase();
    if (TRUE.has(word)) return true;
    if (FALSE.has(word)) return false;
    throw invalidInput(`'${pythonText(value)}' cannot be converted to boolean`);
  },
  fromText(value) {
    return bool.parse(value);
  },
};

/** A whole number in a range; numbers written as text count too. */
export function integer(smallest: number, largest: number): ValueType<number> {
  return {
    schema: { type: 'integer', minimum: smallest, maximum: largest },
    sql: 'bigint',
    parse(value) {
      const number = wholeNumber(value);
      if (number < smallest) {
        throw new InvalidValue(`'${pythonText(value)}' is too small - must be at least '${smallest}'`);
      }
      if (number > largest) {
        throw new InvalidValue(`'${pythonText(value)}' is too large - must be no larger than '${largest}'`);
      }
      return number;
    },
    fromText(value) {
      const number = wholeNumber(value);
      return Number.isSafeInteger(number) ? number : undefined;
    },
  };
}

function wholeNumber(value: unknown): number {
  const readable = typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value));
  const number = readable ? Math.trunc(Number(value)) : Number.NaN;
  if (!Number.isFinite(number)) throw invalidInput(`'${pythonText(value)}' is not an integer`);
  return number;
}

/** One of a few words or numbers. */
export function choice<T extends string | number>(...allowed: readonly T[]): ValueType<T> {
  const numbers = allowed.every((one) => typeof one === 'number');
  return {
    schema: { enum: allowed },
    sql: numbers ? 'bigint' : 'text',
    parse(value) {
      const wanted = numbers ? wholeNumber(value) : value;
      const found = allowed.find((one) => one === wanted);
      if (found === undefined) throw new InvalidValue(`${pythonText(value)} is not in valid_values`);
      return found;
    },
    fromText: (value) => allowed.find((one) => String(one) === value),
  };
}

/** Null or a value of another type. */
export function nullable<T>(type: ValueType<T>): ValueType<T | null> {
  return {
    schema: { anyOf: [type.schema, { type: 'null' }] },
    sql: type.sql,
    parse: (value) => (value === null ? null : type.parse(value)),
    fromText: (value) => type.fromText(value),
  };
}

/** An object of the client's own making, kept as it is; null stands for the empty one. */
export const freeObject: ValueType<Readonly<Record<string, unknown>>> = {
  schema: { type: 'object' },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return {};
    if (!isObject(value)) throw new InvalidValue(`'${pythonText(value)}' is not a dictionary`);
    return value;
  },
  fromText: () => undefined,
};

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value that only the server makes. */
export function produced(schema: Readonly<Record<string, unknown>>, sql: SqlType = 'jsonb'): ValueType {
  return { schema, sql, parse: (value) => value, fromText: (value) => (sql === 'text' ? value : undefined) };
}

/** Tags: a list of different strings of at most 255 characters each. */
export const tagList: ValueType<readonly string[]> = {
  schema: { type: 'array', items: { type: 'string', maxLength: 255 }, uniqueItems: true },
  sql: 'jsonb',
  parse(value) {
    if (!Array.isArray(value)) throw invalidInput(`'${pythonText(value)}' is not a list`);
    const twice = value.find((tag, i) => value.indexOf(tag) !== i);
    if (twice !== undefined) throw invalidInput(`Duplicate items in the list: '${pythonText(twice)}'`);
    return value.map(parseTag);
  },
  fromText: () => undefined,
};

export function parseTag(tag: unknown): string {
  if (typeof tag !== 'string') throw invalidInput(`'${literal(tag)}' is not a valid string`);
  if (lengthOf(tag) > 255) throw invalidInput(`'${pythonText(tag)}' exceeds maximum length of 255`);
  return tag;
}
