import { ApiError } from './api-error.ts';
import type { Caller } from './caller.ts';

/**
 * Who may do what. This file is the only one that decides: resources say which of the conditions below open an action, everything
 * else asks here. An admin may do everything; a change also needs the role "member". The stage "access" (stages.ts) can give requests
 * another decision engine.
 */

/** What opens an action to somebody who is no admin. */
export type Condition =
  /** The object belongs to the caller's project. */
  | 'owner'
  /** The object is shared with the caller's project, or with all. */
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
  /** Projects that it is shared with; '*' stands for all. */
  readonly sharedWith: readonly string[];
  /** Project of the network the object is on; null for what is on none. */
  readonly networkProject: string | null;
}

/** The same facts as SQL expressions over one row. */
export type FactColumns = Readonly<Record<keyof ObjectFacts, string>>;

/** What a change asks for: its policy rule, and the attributes given that have conditions of their own. */
export interface Change {
  /** "update_network", "add_router_interface" */
  readonly rule: string;
  readonly conditions: Conditions;
  /** Nothing is changed: it needs no role "member". */
  readonly reads?: boolean;
  readonly attributes: readonly { readonly name: string; readonly conditions: Conditions }[];
}

export interface SqlFacts {
  readonly facts: FactColumns;
  /** Takes a value into the statement and gives its place. */
  readonly bind: (value: unknown) => string;
}

/** A decision engine. */
export interface Decisions {
  /** Whether one of the conditions opens an object to the caller. */
  holds(conditions: Conditions, caller: Caller, facts: ObjectFacts): boolean;
  /** `holds` as an SQL condition over many rows. */
  holdsSql(conditions: Conditions, caller: Caller, over: SqlFacts): string;
  /** The policy rule that keeps the caller from making this change to an object it can see; undefined when none does. */
  refusal(caller: Caller, change: Change, facts: ObjectFacts): string | undefined;
  /** Whether the caller sees and filters by attributes for admins, and acts for other projects. */
  isTrusted(caller: Caller): boolean;
}

/** The engine that is there without another: roles and ownership, as the field's own server has them by default. */
const BY_ROLE_AND_OWNERSHIP: Decisions = {
  holds(conditions, caller, facts) {
    const project = caller.projectId;
    return caller.isAdmin || (project !== null && conditions.some((condition) => HOLDS[condition](facts, project)));
  },

  holdsSql(conditions, caller, { facts, bind }) {
    if (caller.isAdmin) return 'TRUE';
    if (caller.projectId === null || conditions.length === 0) return 'FALSE';
    const project = bind(caller.projectId);
    return `(${conditions.map((condition) => HOLDS_SQL[condition](facts, project)).join(' OR ')})`;
  },

  refusal(caller, { rule: name, conditions, reads, attributes }, facts) {
    if (caller.isAdmin) return undefined;
    const rule = `rule:${name}`;
    if (!(reads || caller.roles.has('member')) || !this.holds(conditions, caller, facts)) return rule;
    if (attributes.every((attribute) => this.holds(attribute.conditions, caller, facts))) return undefined;
    return `(${[rule, ...attributes.map((attribute) => `${rule}:${attribute.name}`)].join(' and ')})`;
  },

  isTrusted: (caller) => caller.isAdmin,
};

const HOLDS: Readonly<Record<Condition, (facts: ObjectFacts, project: string) => boolean>> = {
  owner: (facts, project) => facts.project === project,
  shared: (facts, project) => isSharedWith(facts.sharedWith, project),
  network_owner: (facts, project) => facts.networkProject === project,
};

const HOLDS_SQL: Readonly<Record<Condition, (facts: FactColumns, project: string) => string>> = {
  owner: (facts, project) => `${facts.project} = ${project}`,
  shared: (facts, project) => `${facts.sharedWith} && ARRAY['*', ${project}]`,
  network_owner: (facts, project) => `${facts.networkProject} = ${project}`,
};

/** Whether a list of projects, where '*' stands for all, has this one. */
export function isSharedWith(targets: readonly string[], project: string | null): boolean {
  return targets.includes('*') || (project !== null && targets.includes(project));
}

/** The caller with an admin's rights: for what a change brings along that its maker could not do alone. */
export function elevated({ userId, userName, projectId, roles }: Caller): Caller {
  return { userId, userName, projectId, roles, isAdmin: true };
}

function engineOf({ decisions = BY_ROLE_AND_OWNERSHIP }: Caller): Decisions {
  return decisions;
}

/** See Decisions. */
export function holds(conditions: Conditions, caller: Caller, facts: ObjectFacts): boolean {
  return engineOf(caller).holds(conditions, caller, facts);
}

/** See Decisions. */
export function holdsSql(conditions: Conditions, caller: Caller, over: SqlFacts): string {
  return engineOf(caller).holdsSql(conditions, caller, over);
}

/** See Decisions. */
export function isTrusted(caller: Caller): boolean {
  return engineOf(caller).isTrusted(caller);
}

/** Throws 403 PolicyNotAuthorized unless the caller may make this change to an object it can see. */
export function authorize(caller: Caller, change: Change, facts: ObjectFacts): void {
  const rule = engineOf(caller).refusal(caller, change, facts);
  if (rule !== undefined) throw new ApiError(403, 'PolicyNotAuthorized', `${rule} is disallowed by policy`);
}

/**
 * Throws 403 unless the caller may do what stands on no object: what belongs to `project` is open to that project, what belongs to
 * nobody (null) to admins alone.
 */
export function authorizeAlone(
  caller: Caller,
  { rule, project, reads = false }: { rule: string; project: string | null; reads?: boolean },
): void {
  const facts = { project: project ?? '', sharedWith: [], networkProject: null };
  authorize(caller, { rule, reads, conditions: project === null ? ADMIN_ONLY : ['owner'], attributes: [] }, facts);
}
