import type { Queryable } from '../../store/store.ts';
import type { PasswordHasher } from '../password-hasher.ts';

export interface Attribute {
  readonly type: 'string' | 'boolean' | 'tags' | 'object';
  /** Strings must then have something to see in them. */
  readonly maxLength?: number;
  readonly oneOf?: readonly string[];
  readonly matches?: RegExp;
  readonly nullable?: true;
  readonly required?: true;
  /** What a new one has when the client says nothing. */
  readonly default?: unknown;
  /** Cannot change once created. */
  readonly fixed?: true;
  readonly filter?: true;
  /** Kind whose id this must be; null needs no such thing. */
  readonly references?: 'domain' | 'project' | 'service' | 'region';
  /** Taken, never shown, and taken out or turned into another column by `toColumns`. */
  readonly hidden?: true;
}

/** A row of a resource's table, by column. */
export type Row = Readonly<Record<string, unknown>> & { readonly id: string };

export type Values = Readonly<Record<string, unknown>>;

export interface ColumnChange {
  readonly columns: Values;
  /** Columns to count up by one. */
  readonly increments?: readonly string[];
}

/** One resource of the Identity API: how it is checked, stored and shown. */
export interface ResourceKind {
  readonly one: string;
  readonly many: string;
  readonly table: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** The client may choose the id. */
  readonly chosenId?: true;
  /** "options": {"immutable": true} protects it from change and removal. */
  readonly protectable?: true;
  /** Any valid token may read it; else admin only, and what `mayRead` of its routes adds. */
  readonly publicToUsers?: true;
  /** Columns for checked attribute values, where they are not the same thing. */
  readonly toColumns?: (values: Values, hasher: PasswordHasher) => ColumnChange | Promise<ColumnChange>;
  /** Before a row is written, in its transaction: checks and side effects that need the database. */
  readonly beforeStore?: (values: Values, tx: Queryable) => Promise<void>;
  /** Throws IdentityError when the row has to stay; tidies what no foreign key does. */
  readonly beforeRemove?: (row: Row, tx: Queryable) => Promise<void>;
  /** Attributes shown beside those of the table. */
  readonly show?: (row: Row) => Values;
}
