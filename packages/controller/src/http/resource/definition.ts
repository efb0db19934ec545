import type { Queryable } from '../../store/store.ts';
import type { AccessRules, Conditions, FactColumns } from '../access.ts';
import type { ApiError } from '../api-error.ts';
import type { Caller } from '../caller.ts';
import type { ListQuery } from './list-query.ts';
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
  readonly derive?: {
    readonly from: readonly string[];
    value(row: Values, selected: unknown, caller: Caller): unknown;
  };
  /** The database fills the column in; nothing is ever written to it. */
  readonly generated?: true;
  /** Lists may be filtered by it: by equality, or by an SQL condition of its own. */
  readonly filter?: true | ((values: readonly string[], bind: Bind, caller: Caller) => string);
  /** Lists may be sorted by it. */
  readonly sort?: true;
  /** The object it names, or the objects when it is a list of ids: must be visible to whoever gives it. */
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
  /** The answer when it is not there, where that is not the one of the resource itself. */
  readonly notFound?: (id: string) => ApiError;
}

export interface RuleContext {
  readonly tx: Queryable;
  readonly caller: Caller;
  /** Rows that reference attributes name: by attribute, then by id. */
  readonly referenced: ReadonlyMap<string, ReadonlyMap<string, Values>>;
  /** The change is a part of another one (createWithin, updateWithin, removeWithin), not asked for by a client itself. */
  readonly internal: boolean;
  /** What is written, with the values that no column keeps: new objects in the order of those made; or the one set of changes. */
  readonly items: readonly Values[];
  /** The rules wrote what the answer shows into other tables or rows: the objects are read again before they are answered. */
  reread(): void;
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
  /** The rows `olds` are locked; they go next. Of several features the last one comes first here. */
  beforeDelete?(olds: readonly V[], context: RuleContext): Promise<void>;
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

/** The resource that another one lives under: /floatingips/ID/port_forwardings. */
export interface Parent {
  readonly resource: Resource;
  /**
   * The attribute of the child that keeps the parent's id. It needs `references: { resource: <parent> }` and no `create`: the path
   * gives it. Access rests on the facts of the parent, unless the child has `facts` of its own.
   */
  readonly attribute: string;
}

export type OperationName = 'list' | 'show' | 'create' | 'update' | 'delete';

/** A path under one object: PUT /routers/ID/add_router_interface, GET /agents/ID/l3-routers, DELETE /agents/ID/l3-routers/:router_id. */
export interface MemberAction {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Under the object: "add_router_interface", "l3-routers/:router_id". */
  readonly path: string;
  /** Name of the policy rule, for refusals: "add_router_interface". */
  readonly rule: string;
  readonly conditions: Conditions;
  /** Absent: 200 with a body, 204 without. */
  readonly status?: number;
  /**
   * Gives the body of the answer; undefined for none. The object is visible to the caller, who may do this to it. For anything but GET
   * it is locked, and all runs in one transaction.
   */
  run(target: ActionTarget, context: RuleContext): Promise<unknown>;
}

export interface ActionTarget {
  readonly object: Values;
  readonly body: unknown;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** Everything about one kind of API object. */
export interface Resource<V extends Values = Values> {
  /** "network": its key in bodies. */
  readonly name: string;
  /** What features know it by, when another resource has the same `name`. */
  readonly handle?: string;
  /** "networks": its key in lists, and its path under /v2.0 when it has no `path`. */
  readonly collection: string;
  /** Under /v2.0, or under the parent: "qos/policies", "security-groups". Absent: the collection. */
  readonly path?: string;
  /** Where the field's own server has the tags, when not under the object: "policies" for /policies/ID/tags. */
  readonly tagsPath?: string;
  readonly parent?: Parent;
  /** Absent: all of them. */
  readonly operations?: readonly OperationName[];
  readonly actions?: readonly MemberAction[];
  /** Table, or a query in parentheses for what can only be read. */
  readonly table: string;
  /** Its name among the quotas. The table counts its rows: a migration says so with `SELECT keep_quota(table, name, default)`. */
  readonly quota?: string;
  /**
   * Its `object_type` in RBAC policies. The table has a column `shared_with text[] NOT NULL DEFAULT '{}'`, which only RBAC policies
   * write: projects, or '*' for all. The condition 'shared' rests on it. Attribute `shared`: see SHARED of standard-attributes.ts. Who
   * depends on being shared with: resources/rbac/dependents.ts.
   */
  readonly rbac?: string;
  /** Name in policy rules, when it is not `name` (of a sub-resource: parent_name). */
  readonly policyName?: string;
  /** `parentId` is there for a sub-resource. */
  readonly notFound: (id: string, parentId?: string) => ApiError;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly access: AccessRules;
  /** Where the facts that access rests on come from, when not from the row itself or its parent. */
  readonly facts?: Partial<FactColumns>;
  /**
   * What one caller asks for at once, each by itself, may be done in one transaction (ADR 9): where much is made, changed and deleted,
   * that is most of the cost. Rules about a change then run before any row of the batch is written.
   */
  readonly together?: true;
  /** A change of one of these attributes takes locks of its own, and so shares its transaction with no other. */
  readonly changedAlone?: readonly string[];
  /** More INSERTs in the statement that inserts rows, reading the new rows from `made`. */
  readonly alsoInsert?: readonly string[];
  /** The answer for a violated constraint, by its name. */
  readonly conflicts?: Readonly<Record<string, (conflict: Conflict) => ApiError | Redraw>>;
  readonly rules?: Rules<V>;
  /** Makes what a list shows to everyone but nobody has needed so far; outside of any transaction. */
  readonly beforeList?: (db: Queryable, asked: { readonly query: ListQuery; readonly caller: Caller }) => Promise<void>;
}

/** What features know it by. */
export function handleOf({ handle, name }: Pick<Resource, 'handle' | 'name'>): string {
  return handle ?? name;
}

/** Its path under /v2.0; ":parent_id" stands for the id of its parent. */
export function pathOf(resource: Resource): string {
  const own = resource.path ?? resource.collection;
  return resource.parent === undefined ? own : `${pathOf(resource.parent.resource)}/:parent_id/${own}`;
}

/** Its name in policy rules. */
export function policyName({ policyName: given, parent, name }: Resource): string {
  return given ?? (parent === undefined ? name : `${parent.resource.name}_${name}`);
}

export function can(resource: Resource, operation: OperationName): boolean {
  return resource.operations === undefined || resource.operations.includes(operation);
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
