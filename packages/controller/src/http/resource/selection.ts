import { type FactColumns, isTrusted, type ObjectFacts } from '../access.ts';
import type { Caller } from '../caller.ts';
import { type Attribute, attributeSql, type Parent, type Resource, type Values } from './definition.ts';

const PROJECT_FACT = '$project';
const SHARED_FACT = '$shared_with';
const NETWORK_FACT = '$network_project';

/** SQL over `t` for the facts that access rests on. */
export function factColumns(resource: Resource): FactColumns {
  const known = FACTS.get(resource) ?? { ...usualFacts(resource), ...resource.facts };
  FACTS.set(resource, known);
  return known;
}

const FACTS = new WeakMap<Resource, FactColumns>();

function usualFacts({ parent, rbac, attributes }: Resource): FactColumns {
  if (parent === undefined) {
    return {
      project: attributes['project_id'] === undefined ? `''::text` : 't.project_id',
      sharedWith: rbac === undefined ? `'{}'::text[]` : 't.shared_with',
      networkProject: 'NULL::text',
    };
  }
  const facts = factColumns(parent.resource);
  const column = parentColumn(parent, attributes);
  const ofParent = (sql: string) =>
    `(SELECT p.fact FROM (SELECT t.id, ${sql} AS fact FROM ${parent.resource.table} t) p WHERE p.id = t."${column}")`;
  return {
    project: ofParent(facts.project),
    sharedWith: ofParent(facts.sharedWith),
    networkProject: ofParent(facts.networkProject),
  };
}

/** The column that keeps the id of the parent. */
export function parentColumn({ attribute }: Parent, attributes: Resource['attributes']): string {
  return attributes[attribute]?.column ?? attribute;
}

export function factsOf(row: Values): ObjectFacts {
  return {
    project: String(row[PROJECT_FACT]),
    sharedWith: Array.isArray(row[SHARED_FACT]) ? row[SHARED_FACT] : [],
    networkProject: typeof row[NETWORK_FACT] === 'string' ? row[NETWORK_FACT] : null,
  };
}

/** The select list for the facts. */
export function selectFacts(resource: Resource): string {
  const facts = factColumns(resource);
  return `${facts.project} AS "${PROJECT_FACT}", ${facts.sharedWith} AS "${SHARED_FACT}", ${facts.networkProject} AS "${NETWORK_FACT}"`;
}

/** The select list for attributes by name; those that are only derived from others are left out. */
export function selectAttributes(resource: Resource, names: Iterable<string>): string {
  return selectedOf(resource, names)
    .map((name) => `${attributeSql(name, attributeOf(resource, name))} AS "${name}"`)
    .join(', ');
}

/** Those of the attributes that are selected. */
export function selectedOf(resource: Resource, names: Iterable<string>): string[] {
  return [...names].filter((name) => {
    const { column, select } = attributeOf(resource, name);
    return column !== null || select !== undefined;
  });
}

function attributeOf(resource: Resource, name: string): Attribute {
  const attribute = resource.attributes[name];
  if (attribute === undefined) throw new Error(`${resource.name} has no attribute ${name}`);
  return attribute;
}

/** The select list for everything that can be read of an object. */
export function selectAll(resource: Resource): string {
  const known = ALL.get(resource) ?? selectAttributes(resource, Object.keys(resource.attributes));
  ALL.set(resource, known);
  return known;
}

const ALL = new WeakMap<Resource, string>();

export function seenBy(caller: Caller, attribute: Attribute): boolean {
  return attribute.seen === undefined || (attribute.seen === 'admin' && isTrusted(caller));
}

/** What an answer holds of an object: some attributes for some caller. */
export interface View {
  /** Attributes to select. */
  readonly needed: ReadonlySet<string>;
  /** What it holds, in this order: the key in the answer, and the attribute behind it. */
  readonly shown: readonly { readonly key: string; readonly name: string; readonly attribute: Attribute }[];
  /** The object as it is answered, from a row that has the needed attributes. */
  show(row: Values): Values;
}

/** `fields` are names from the query; none means all. */
export function viewFor(resource: Resource, caller: Caller, fields: readonly string[] = []): View {
  const wanted = new Set(fields);
  const shown = Object.entries(resource.attributes).flatMap(([name, attribute]) =>
    (name === 'project_id' ? ['project_id', 'tenant_id'] : [name])
      .filter((key) => seenBy(caller, attribute) && (wanted.size === 0 || wanted.has(key)))
      .map((key) => ({ key, name, attribute })),
  );
  const needed = new Set(shown.flatMap(({ name, attribute }) => [name, ...(attribute.derive?.from ?? [])]));
  const show = (row: Values): Values => {
    const object: Values = {};
    for (const { key, name, attribute } of shown) {
      object[key] = attribute.derive ? attribute.derive.value(row, row[name], caller) : row[name];
    }
    return object;
  };
  return { needed, shown, show };
}
