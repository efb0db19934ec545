import { randomBytes, randomUUID } from 'node:crypto';
import { expecting, IdentityError, invalidInput } from './identity-error.ts';
import { field, isObject, optionalString, wrongType } from './json-input.ts';
import type { RoleRow } from './mirrored-tables.ts';

/** An application credential as a client asks for it. */
export interface WantedApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  readonly description: string | null;
  /** Milliseconds since 1970; null for never. */
  readonly expiresAt: number | null;
  readonly unrestricted: boolean;
  /** Ids or names; undefined for all that the token has. */
  readonly roles: readonly ({ readonly id: string } | { readonly name: string })[] | undefined;
}

const SECRET_BYTES = 64;
const LONGEST_NAME = 255;
/** What the hasher takes. */
const LONGEST_SECRET = 4096;

/** Reads {"application_credential": {...}}; `now` in milliseconds since 1970. Throws IdentityError 400. */
export function parseApplicationCredential(body: unknown, now: number): WantedApplicationCredential {
  const sent = isObject(body) ? field(body, 'application_credential') : undefined;
  if (!isObject(sent)) throw expecting('application_credential', 'request body');
  const name = optionalString(sent, 'name', 'application_credential');
  if (name === undefined) throw new IdentityError(400, "'name' is a required property");
  if (name.trim() === '' || name.length > LONGEST_NAME) throw invalidInput('name', 'it has 1 to 255 characters');
  const secret = field(sent, 'secret') ?? randomBytes(SECRET_BYTES).toString('base64url');
  if (typeof secret !== 'string') throw wrongType('secret', secret, 'string');
  if (secret === '' || secret.length > LONGEST_SECRET) throw invalidInput('secret', 'it has 1 to 4096 characters');
  const description = field(sent, 'description') ?? null;
  if (description !== null && typeof description !== 'string') throw wrongType('description', description, 'string');
  const unrestricted = field(sent, 'unrestricted') ?? false;
  if (typeof unrestricted !== 'boolean') throw wrongType('unrestricted', unrestricted, 'boolean');
  const rules = field(sent, 'access_rules') ?? [];
  if (!Array.isArray(rules) || rules.length > 0)
    throw invalidInput('access_rules', 'there are no access rules here: give it fewer roles instead');
  const id = randomUUID().replaceAll('-', '');
  const expiresAt = parseExpiry(field(sent, 'expires_at') ?? null, now);
  return { id, name, secret, description, expiresAt, unrestricted, roles: parseRoles(field(sent, 'roles') ?? []) };
}

/** UTC, as "2026-11-20T15:45:37" with or without fraction and "Z". */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?$/;

function parseExpiry(value: unknown, now: number): number | null {
  if (value === null) return null;
  const time = typeof value === 'string' && TIME.test(value) ? Date.parse(`${value.replace(/Z$/, '')}Z`) : Number.NaN;
  if (Number.isNaN(time)) throw invalidInput('expires_at', 'it is no time as "2026-11-20T15:45:37Z"');
  if (time <= now) throw invalidInput('expires_at', 'it is not in the future');
  return time;
}

function parseRoles(value: unknown): WantedApplicationCredential['roles'] {
  if (!Array.isArray(value)) throw wrongType('roles', value, 'array');
  if (value.length === 0) return undefined;
  return value.map((role: unknown) => {
    if (!isObject(role)) throw wrongType('roles', role, 'object');
    const id = optionalString(role, 'id', 'roles');
    const name = optionalString(role, 'name', 'roles');
    if (id !== undefined) return { id };
    if (name !== undefined) return { name };
    throw invalidInput('roles', 'id or name must be present.');
  });
}

/** The roles asked for, out of those `held`; throws IdentityError 400 for one that is not among them. */
export function chosenRoles(
  wanted: WantedApplicationCredential['roles'],
  held: readonly RoleRow[],
): readonly RoleRow[] {
  return wanted === undefined
    ? held
    : wanted.map((role) => {
        const found = held.find((one) => ('id' in role ? one.id === role.id : one.name === role.name));
        if (found !== undefined) return found;
        throw new IdentityError(
          400,
          'Invalid application credential: Cannot create an application credential with unassigned role',
        );
      });
}
