import type { Queryable } from '../../store/store.ts';
import type { AccessRules, Conditions, FactColumns } from '../access.ts';
import type { ApiError } from '../api-error.ts';
import type { Caller } from '../caller.ts';
import type { ValueType } from './value-types.ts';

/** One object by attribute names, as the API shows it. */
export type Values = Record<string, unknown>;

/** Takes a value into a statement and gives its place, "$1". */
export type Bind = (value: unknown) => string;

export interface Attribute {
  readonly type: ValueType;
  /** Who may give it at creation, of those who may create at all; absent: nobody. */
  readonly create?: true | Conditions;
  /** Must be given at creation. */
  readonly required?: true;
  /** What it is when not given at creation; absent: nothing, and the rules or the database say. */
  readonly default?: unknown;
  /** Who may change it, of those who may change the object; absent: nobody. */
  readonly update?: true | Conditions;
  /** Who sees it: everyone who sees the object (absent), admins, or nobody (then it is only given, or only filtered by). */
  readonly seen?: 'admin' | 'never';
  /** The conditions of `create` and `update` count only for these values; absent: for all but the default. */
  readonly guarded?: (value: unknown) => boolean;
  /** Column that keeps it, when that is not the attribute's name; null when none does. */
  readonly column?: string | null;
  /** SQL over the row `t` that gives it, when that is not just the column. */
  readonly select?: string;
  /** Makes what is shown out of what `select` gave and other attributes of the row, which `from` names. */
  readonly derive?: { readonly from: readonly string[]; value(row: Values, selected: unknown): unknown };
  /** The database fills the column in; nothing is ever written to it. */
  readonly generated?: true;
  /** Lists may be filtered by it: by equality, or by an SQL condition of its own. */
  readonly filter?: true | ((values: readonly string[], bind: Bind) => string);
  /** Lists may be sorted by it. */
  readonly sort?: true;
  /** The object it names: must be visible to whoever gives it. */
  readonly references?: Reference;
}

export interface Reference {
  readonly resource: Resource;
  /** More to read of the referenced row, by name: SQL over `t`. Rules find it in `RuleContext.referenced`. */
  readonly also?: Readonly<Record<string, string>>;
  /** Keep the referenced row from changing until the end of the transaction. */
  readonly lock?: true;
  /** The referenced object is the network that the new object is on. */
  readonly isNetwork?: true;
}

export interface RuleContext {
  readonly tx: Queryable;
  readonly caller: Caller;
  /** Rows that reference attributes name: by attribute, then by id. */
  readonly referenced: ReadonlyMap<string, ReadonlyMap<string, Values>>;
}

/** What a resource does beside keeping rows. All of it runs inside the transaction of the change. */
export interface Rules<V extends Values> {
  /** Completes new objects, which have their ids already; their rows are written next. */
  beforeCreate?(items: readonly V[], context: RuleContext): Promise<void>;
  /** `made` are the objects as written, for every reader. */
  afterCreate?(made: readonly V[], context: RuleContext): Promise<void>;
  /** May complete the changes, whose attributes are written next. The row `old` is locked. */
  beforeUpdate?(old: V, changes: Partial<V>, context: RuleContext): Promise<void>;
  afterUpdate?(old: V, made: V, context: RuleContext): Promise<void>;
  /** The row `old` is locked; it goes next. */
  beforeDelete?(old: V, context: RuleContext): Promise<void>;
}

/** A constraint that rows would have violated. */
export interface Conflict {
  /** Values of the key that failed, in the order of the constraint's columns. */
  readonly key: readonly string[];
  /** What was being written. */
  readonly values: readonly Values[];
}

/** Says that the key was drawn at random by the rules: drawing again mends it. */
export const REDRAW = Symbol('redraw');
export type Redraw = typeof REDRAW;

/** Everything about one kind of API object. */
export interface Resource<V extends Values = Values> {
  /** "network": its key in bodies. */
  readonly name: string;
  /** "networks": its path under /v2.0, and its key in lists. */
  readonly collection: string;
  readonly table: string;
  readonly notFound: (id: string) => ApiError;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly access: AccessRules;
  /** Where the facts that access rests on come from; the project is always the row's own. */
  readonly facts?: Partial<FactColumns>;
  /** A second INSERT of the statement that inserts rows, reading the new rows from `made`. */
  readonly alsoInsert?: string;
  /** The answer for a violated constraint, by its name. */
  readonly conflicts?: Readonly<Record<string, (conflict: Conflict) => ApiError | Redraw>>;
  readonly rules?: Rules<V>;
}

/** The SQL that gives an attribute of the row `t`. */
export function attributeSql(name: string, attribute: Attribute): string {
  return attribute.select ?? `t."${attribute.column ?? name}"`;
}

/** The column an attribute is written to; undefined when there is none. */
export function writtenColumn(name: string, attribute: Attribute): string | undefined {
  if (attribute.generated || attribute.column === null) return undefined;
  return attribute.column ?? name;
}
