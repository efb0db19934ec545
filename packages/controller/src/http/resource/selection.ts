import type { FactColumns, ObjectFacts } from '../access.ts';
import type { Caller } from '../caller.ts';
import { type Attribute, attributeSql, type Resource, type Values } from './definition.ts';

const PROJECT_FACT = '$project';
const SHARED_FACT = '$shared';
const NETWORK_FACT = '$network_project';

/** SQL over `t` for the facts that access rests on. */
export function factColumns(resource: Resource): FactColumns {
  return { project: 't.project_id', shared: 'FALSE', networkProject: 'NULL::text', ...resource.facts };
}

export function factsOf(row: Values): ObjectFacts {
  return {
    project: String(row[PROJECT_FACT]),
    shared: row[SHARED_FACT] === true,
    networkProject: typeof row[NETWORK_FACT] === 'string' ? row[NETWORK_FACT] : null,
  };
}

/** The select list for the facts. */
export function selectFacts(resource: Resource): string {
  const facts = factColumns(resource);
  return `${facts.project} AS "${PROJECT_FACT}", ${facts.shared} AS "${SHARED_FACT}", ${facts.networkProject} AS "${NETWORK_FACT}"`;
}

/** The select list for attributes by name; those that are only derived from others are left out. */
export function selectAttributes(resource: Resource, names: Iterable<string>): string {
  const list: string[] = [];
  for (const name of names) {
    const attribute = resource.attributes[name];
    if (attribute === undefined) throw new Error(`${resource.name} has no attribute ${name}`);
    if (attribute.column === null && attribute.select === undefined) continue;
    list.push(`${attributeSql(name, attribute)} AS "${name}"`);
  }
  return list.join(', ');
}

/** The select list for everything that can be read of an object. */
export function selectAll(resource: Resource): string {
  const known = ALL.get(resource) ?? selectAttributes(resource, Object.keys(resource.attributes));
  ALL.set(resource, known);
  return known;
}

const ALL = new WeakMap<Resource, string>();

export function seenBy(caller: Caller, attribute: Attribute): boolean {
  return attribute.seen === undefined || (attribute.seen === 'admin' && caller.isAdmin);
}

/** What an answer holds of an object: some attributes for some caller. */
export interface View {
  /** Attributes to select. */
  readonly needed: ReadonlySet<string>;
  /** The object as it is answered, from a row that has the needed attributes. */
  show(row: Values): Values;
}

/** `fields` are names from the query; none means all. */
export function viewFor(resource: Resource, caller: Caller, fields: readonly string[] = []): View {
  const wanted = new Set(fields);
  const shown = Object.entries(resource.attributes).filter(
    ([name, attribute]) =>
      seenBy(caller, attribute) &&
      (wanted.size === 0 || wanted.has(name) || (name === 'project_id' && wanted.has('tenant_id'))),
  );
  const needed = new Set(shown.flatMap(([name, attribute]) => [name, ...(attribute.derive?.from ?? [])]));
  const show = (row: Values): Values => {
    const object: Values = {};
    for (const [name, attribute] of shown) {
      if (name !== 'project_id') object[name] = attribute.derive ? attribute.derive.value(row, row[name]) : row[name];
      else {
        if (wanted.size === 0 || wanted.has('project_id')) object['project_id'] = row[name];
        if (wanted.size === 0 || wanted.has('tenant_id')) object['tenant_id'] = row[name];
      }
    }
    return object;
  };
  return { needed, show };
}
