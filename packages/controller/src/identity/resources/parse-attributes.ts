import { expecting, IdentityError, invalidInput } from '../identity-error.ts';
import { field, isObject, type JsonObject, wrongType } from '../json-input.ts';
import type { Attribute, ResourceKind, Values } from './resource-kind.ts';

/** What a client sent for a resource, checked: its attributes, and those it adds freely. */
export interface ParsedAttributes {
  readonly values: Values;
  readonly extra: Values;
}

/** Names a free attribute may not take, because an answer gives them another meaning. */
const RESERVED = new Set(['id', 'links', 'password', 'password_hash', 'password_expires_at', 'is_domain', 'extra']);

/** Checks `{"project": {...}}` of a request that creates (`existing` undefined) or changes; throws IdentityError 400. */
export function parseAttributes(kind: ResourceKind, body: unknown, existing: Values | undefined): ParsedAttributes {
  const sent = isObject(body) ? field(body, kind.one) : undefined;
  if (!isObject(sent)) throw expecting(kind.one, 'request body');
  if (existing !== undefined && Object.hasOwn(sent, 'id') && sent['id'] !== existing['id']) {
    throw new IdentityError(400, `Cannot change ${kind.one} ID`);
  }
  const values: [string, unknown][] = [];
  for (const [name, attribute] of Object.entries(kind.attributes)) {
    const value = field(sent, name);
    if (value !== undefined) {
      checkValue(name, value, attribute);
      if (existing !== undefined && attribute.fixed && !isSame(name, value, existing)) {
        throw invalidInput(name, 'it cannot change once the resource exists');
      }
      values.push([name, value]);
    } else if (existing === undefined) {
      if (attribute.required) throw new IdentityError(400, `'${name}' is a required property`);
      if (attribute.default !== undefined) values.push([name, attribute.default]);
    }
  }
  return { values: Object.fromEntries(values), extra: freeAttributes(kind, sent) };
}

/** A project without a parent is shown with its domain's id as parent, and clients send back what they were shown. */
function isSame(name: string, value: unknown, existing: Values): boolean {
  if (name === 'is_domain') return value === false;
  if (name === 'parent_id' && existing[name] === null) return value === null || value === existing['domain_id'];
  return value === existing[name];
}

function freeAttributes(kind: ResourceKind, sent: JsonObject): Values {
  const free = Object.entries(sent).filter(([name]) => !Object.hasOwn(kind.attributes, name) && !RESERVED.has(name));
  return Object.fromEntries(free);
}

function checkValue(name: string, value: unknown, attribute: Attribute): void {
  if (value === null) {
    if (attribute.nullable) return;
    throw wrongType(name, value, attribute.type === 'tags' ? 'array' : attribute.type);
  }
  switch (attribute.type) {
    case 'string':
      if (typeof value !== 'string') throw wrongType(name, value, 'string');
      checkString(name, value, attribute);
      return;
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType(name, value, 'boolean');
      return;
    case 'object':
      if (!isObject(value)) throw wrongType(name, value, 'object');
      return;
    case 'tags':
      if (!Array.isArray(value)) throw wrongType(name, value, 'array');
      checkTags(name, value);
      return;
  }
}

function checkString(name: string, value: string, { maxLength, oneOf, matches }: Attribute): void {
  if (maxLength !== undefined) {
    if (value.trim() === '') throw invalidInput(name, 'it is empty');
    if (value.length > maxLength) throw invalidInput(name, `it is longer than ${maxLength} characters`);
  }
  if (oneOf !== undefined && !oneOf.includes(value)) throw invalidInput(name, `it is not one of ${oneOf.join(', ')}`);
  if (matches !== undefined && !matches.test(value)) throw invalidInput(name, `it does not match ${matches.source}`);
}

function checkTags(name: string, tags: readonly unknown[]): void {
  const wrong = tags.find((tag) => typeof tag !== 'string' || !/^[^,/]{1,255}$/.test(tag));
  if (wrong !== undefined) throw invalidInput(name, 'a tag has 1 to 255 characters, none of them "," or "/"');
  if (tags.length > 80) throw invalidInput(name, 'there may be 80 tags');
  if (new Set(tags).size !== tags.length) throw invalidInput(name, 'tags have non-unique elements');
}
