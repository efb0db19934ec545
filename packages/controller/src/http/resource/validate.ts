import { isTrusted } from '../access.ts';
import type { Caller } from '../caller.ts';
import type { Attribute, Resource, Values } from './definition.ts';
import { pythonText } from './python-text.ts';
import { badRequest } from './request-body.ts';
import { InvalidValue } from './value-types.ts';

/** An object checked against its definition: values by attribute, and the attributes that the client gave. */
export interface Checked {
  readonly values: Values;
  readonly given: readonly string[];
}

const DEEPEST = 16;

/** Checks one object of a POST, fills in defaults, and settles its project. Throws 400. */
export function checkNew(resource: Resource, object: Values, caller: Caller): Checked {
  const input = withProject(resource, object, caller);
  refuseUnknown(resource, input);
  const values: Values = {};
  for (const [name, attribute] of Object.entries(resource.attributes)) {
    const given = Object.hasOwn(input, name);
    if (given && attribute.create === undefined) throw badRequest(`Attribute '${name}' not allowed in POST`);
    if (!given && attribute.required) {
      throw badRequest(`Failed to parse request. Required attribute '${name}' not specified`);
    }
    if (!given && attribute.default !== undefined) values[name] = fresh(attribute.default);
  }
  return { values: { ...values, ...parsed(resource, input) }, given: Object.keys(input) };
}

/** Lists and objects are everyone's own. */
function fresh(value: unknown): unknown {
  return typeof value === 'object' ? structuredClone(value) : value;
}

/** Checks the object of a PUT. Throws 400. */
export function checkChanges(resource: Resource, object: Values): Checked {
  const input = renamed(object);
  refuseUnknown(resource, input);
  for (const [name, attribute] of Object.entries(resource.attributes)) {
    if (Object.hasOwn(input, name) && attribute.update === undefined) {
      throw badRequest(`Cannot update read-only attribute ${name}`);
    }
  }
  return { values: parsed(resource, input), given: Object.keys(input) };
}

/** `tenant_id` is the older name of `project_id`. */
function renamed(object: Values): Values {
  if (!Object.hasOwn(object, 'tenant_id')) return object;
  const { tenant_id: project, ...rest } = object;
  if (Object.hasOwn(rest, 'project_id') && rest['project_id'] !== project) {
    throw badRequest("'project_id' and 'tenant_id' do not match");
  }
  return { ...rest, project_id: project };
}

function withProject(resource: Resource, object: Values, caller: Caller): Values {
  const input = renamed(object);
  if (resource.attributes['project_id'] === undefined) return input;
  const project = input['project_id'];
  if (project === undefined) {
    if (caller.projectId !== null) return { ...input, project_id: caller.projectId };
    throw badRequest('Running without keystone AuthN requires that tenant_id is specified');
  }
  if (isTrusted(caller) || project === caller.projectId) return input;
  throw badRequest(
    "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc privileges",
  );
}

function refuseUnknown(resource: Resource, input: Values): void {
  const unknown = Object.keys(input).filter((name) => !isKnown(resource, name));
  if (unknown.length > 0) throw badRequest(`Unrecognized attribute(s) '${pythonText(unknown.join(', '))}'`);
}

/** What is neither given nor seen nor filtered by is there for the rules only. */
function isKnown({ attributes }: Resource, name: string): boolean {
  const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (attribute?.seen !== 'never') return attribute !== undefined;
  return attribute.create !== undefined || attribute.update !== undefined || attribute.filter !== undefined;
}

/** In the order of the definition, so that the first of several faults is always the same one. */
function parsed(resource: Resource, input: Values): Values {
  const values: Values = {};
  for (const [name, attribute] of Object.entries(resource.attributes)) {
    if (Object.hasOwn(input, name)) values[name] = parseAttribute(name, attribute, input[name]);
  }
  return values;
}

/** Checks one value as that of an attribute, for bodies that are no objects of a resource. Throws 400. */
export function parseAttribute(name: string, attribute: Attribute, value: unknown): unknown {
  try {
    refuseUnstorable(value, 0);
    return attribute.type.parse(value);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw badRequest(`Invalid input for ${name}. Reason: ${error.message}.`, error);
  }
}

/** What JSON can say but the database cannot keep: the character NUL, halves of surrogate pairs; and nesting without end. */
function refuseUnstorable(value: unknown, depth: number): void {
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed()) throw new InvalidValue('it is not a valid string');
  } else if (typeof value === 'object' && value !== null) {
    if (depth === DEEPEST) throw new InvalidValue('it is nested too deeply');
    for (const [key, member] of Object.entries(value)) {
      refuseUnstorable(key, depth);
      refuseUnstorable(member, depth + 1);
    }
  }
}
