import { expecting, IdentityError, invalidInput } from './identity-error.ts';
import { field, isObject, type JsonObject, wrongType } from './json-input.ts';

/** Attributes of a limit or a registered limit; what was not given is absent. */
export type LimitValues = Readonly<Record<string, string | number | null>>;

const LARGEST = 2_147_483_647;
const LONGEST = 255;
const NULLABLE = new Set(['region_id', 'description', 'project_id', 'domain_id']);

/** Reads {"limits": [...]} or {"registered_limits": [...]}: at least one object. Throws IdentityError 400. */
export function parseLimits(
  body: unknown,
  many: string,
  rules: { known: readonly string[]; required: readonly string[] },
): LimitValues[] {
  const list = isObject(body) ? field(body, many) : undefined;
  if (list === undefined) throw expecting(many, 'request body');
  if (!Array.isArray(list)) throw wrongType(many, list, 'array');
  if (list.length === 0) throw invalidInput(many, 'it is empty');
  return list.map((sent: unknown) => {
    if (!isObject(sent)) throw wrongType(many, sent, 'object');
    const missing = rules.required.find((name) => field(sent, name) === undefined);
    if (missing !== undefined) throw new IdentityError(400, `'${missing}' is a required property`);
    return parseValues(sent, rules.known);
  });
}

/** Reads the object of a PATCH. Throws IdentityError 400. */
export function parseLimitChange(body: unknown, one: string, known: readonly string[]): LimitValues {
  const sent = isObject(body) ? field(body, one) : undefined;
  if (!isObject(sent)) throw expecting(one, 'request body');
  return parseValues(sent, known);
}

function parseValues(sent: JsonObject, known: readonly string[]): LimitValues {
  const strange = Object.keys(sent).find((name) => !known.includes(name));
  if (strange !== undefined) throw invalidInput(strange, 'there is no such attribute, or it cannot be given here');
  return Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, parseValue(name, value)]));
}

function parseValue(name: string, value: unknown): string | number | null {
  if (value === null && NULLABLE.has(name)) return null;
  if (name.endsWith('_limit')) {
    if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, value, 'integer');
    if (value < -1 || value > LARGEST) throw invalidInput(name, `it goes from -1 to ${LARGEST}`);
    return value;
  }
  if (typeof value !== 'string') throw wrongType(name, value, 'string');
  if (value.length > LONGEST) throw invalidInput(name, `it is longer than ${LONGEST} characters`);
  return value;
}
