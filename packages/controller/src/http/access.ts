import { ApiError } from './api-error.ts';
import type { Caller } from './caller.ts';

/**
 * Who may do what. This file is the only one that decides: resources say which of the conditions below open an action, everything
 * else asks here. An admin may do everything; a change also needs the role "member".
 */

/** What opens an action to somebody who is no admin. */
export type Condition =
  /** The object belongs to the caller's project. */
  | 'owner'
  /** The object is shared with every project. */
  | 'shared'
  /** The network the object is on belongs to the caller's project. */
  | 'network_owner';

/** Any one of these is enough; none of them leaves it to admins. */
export type Conditions = readonly Condition[];

export const ADMIN_ONLY: Conditions = [];

export type Action = 'create' | 'update' | 'delete';

export interface AccessRules {
  readonly read: Conditions;
  readonly create: Conditions;
  readonly update: Conditions;
  readonly delete: Conditions;
}

/** What decisions about one object rest on. */
export interface ObjectFacts {
  readonly project: string;
  readonly shared: boolean;
  /** Project of the network the object is on; null for what is on none. */
  readonly networkProject: string | null;
}

/** The same facts as SQL expressions over one row. */
export type FactColumns = Readonly<Record<keyof ObjectFacts, string>>;

const HOLDS: Readonly<Record<Condition, (facts: ObjectFacts, project: string) => boolean>> = {
  owner: (facts, project) => facts.project === project,
  shared: (facts) => facts.shared,
  network_owner: (facts, project) => facts.networkProject === project,
};

const HOLDS_SQL: Readonly<Record<Condition, (facts: FactColumns, project: string) => string>> = {
  owner: (facts, project) => `${facts.project} = ${project}`,
  shared: (facts) => facts.shared,
  network_owner: (facts, project) => `${facts.networkProject} = ${project}`,
};

/** Whether one of the conditions holds for the caller and the object, or the caller is an admin. */
export function holds(conditions: Conditions, caller: Caller, facts: ObjectFacts): boolean {
  const project = caller.projectId;
  return caller.isAdmin || (project !== null && conditions.some((condition) => HOLDS[condition](facts, project)));
}

/** `holds` as an SQL condition over many rows; `bind` takes a value and gives its place in the statement. */
export function holdsSql(
  conditions: Conditions,
  caller: Caller,
  { facts, bind }: { facts: FactColumns; bind: (value: unknown) => string },
): string {
  if (caller.isAdmin) return 'TRUE';
  if (caller.projectId === null || conditions.length === 0) return 'FALSE';
  const project = bind(caller.projectId);
  return `(${conditions.map((condition) => HOLDS_SQL[condition](facts, project)).join(' OR ')})`;
}

/** What a change asks for: the action on the kind of resource, and the attributes given that have conditions of their own. */
export interface Change {
  readonly action: Action;
  readonly resource: string;
  readonly conditions: Conditions;
  readonly attributes: readonly { readonly name: string; readonly conditions: Conditions }[];
}

/** Throws 403 PolicyNotAuthorized unless the caller may make this change to an object it can see. */
export function authorize(caller: Caller, change: Change, facts: ObjectFacts): void {
  if (caller.isAdmin) return;
  const rule = `rule:${change.action}_${change.resource}`;
  if (!caller.roles.has('member') || !holds(change.conditions, caller, facts)) throw denied(rule);
  if (change.attributes.every(({ conditions }) => holds(conditions, caller, facts))) return;
  throw denied(`(${[rule, ...change.attributes.map(({ name }) => `${rule}:${name}`)].join(' and ')})`);
}

function denied(rule: string): ApiError {
  return new ApiError(403, 'PolicyNotAuthorized', `${rule} is disallowed by policy`);
}
