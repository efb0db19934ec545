import { expecting, IdentityError, invalidInput, unauthorized } from './identity-error.ts';
import { field, isObject, type JsonObject, optionalObject, optionalString, wrongType } from './json-input.ts';

export type DomainReference = { readonly id: string } | { readonly name: string };

/** A user or a project: by id, or by a name that is unique in its domain only. */
export type NamedReference = { readonly id: string } | { readonly name: string; readonly domain: DomainReference };

export type ScopeRequest =
  | { readonly kind: 'none' }
  | { readonly kind: 'unscoped' }
  | { readonly kind: 'project'; readonly project: NamedReference }
  | { readonly kind: 'domain'; readonly domain: DomainReference };

/** An application credential: by id, or by the name its user gave it. */
export type ApplicationCredentialReference =
  | { readonly id: string }
  | { readonly name: string; readonly user: NamedReference };

/** The body of POST /v3/auth/tokens, checked. At least one of the three methods is there. */
export interface AuthRequest {
  readonly password?: { readonly user: NamedReference; readonly password: string };
  readonly token?: string;
  readonly applicationCredential?: { readonly credential: ApplicationCredentialReference; readonly secret: string };
  readonly scope: ScopeRequest;
}

const SUPPORTED_METHODS = ['password', 'token', 'application_credential'];

/** Throws IdentityError 400 for a malformed request, 401 for methods and scopes there are none of here, as Keystone does. */
export function parseAuthRequest(body: unknown): AuthRequest {
  const auth = isObject(body) ? field(body, 'auth') : undefined;
  if (auth === undefined || auth === null) throw expecting('auth', 'request body');
  if (!isObject(auth)) throw wrongType('auth', auth, 'object');
  const identity = optionalObject(auth, 'identity', 'auth');
  if (identity === undefined) throw expecting('identity', 'auth');
  const methods = parseMethods(identity);
  const scope = parseScope(auth);
  if (methods.includes('application_credential') && scope.kind !== 'none') {
    throw unauthorized('Application credentials cannot request a scope.');
  }
  return {
    ...(methods.includes('password') && { password: parsePassword(identity) }),
    ...(methods.includes('token') && { token: parseToken(identity) }),
    ...(methods.includes('application_credential') && { applicationCredential: parseApplicationCredential(identity) }),
    scope,
  };
}

function parseMethods(identity: JsonObject): readonly unknown[] {
  const methods = field(identity, 'methods');
  if (!Array.isArray(methods)) throw wrongType('identity/methods', methods ?? null, 'array');
  for (const method of methods) {
    if (typeof method !== 'string') throw wrongType('identity/methods', method, 'string');
    if (!SUPPORTED_METHODS.includes(method)) {
      throw unauthorized('Attempted to authenticate with an unsupported method.');
    }
  }
  if (methods.length === 0) throw unauthorized();
  return methods;
}

function parsePassword(identity: JsonObject): NonNullable<AuthRequest['password']> {
  const method = optionalObject(identity, 'password', 'identity');
  if (method === undefined) throw expecting('password', 'identity');
  const user = optionalObject(method, 'user', 'identity/password');
  if (user === undefined) throw expecting('user', 'password');
  const password = optionalString(user, 'password', 'identity/password/user');
  if (password === undefined) throw expecting('password', 'user');
  return { user: parseNamed(user, 'user', 'identity/password/user'), password };
}

function parseToken(identity: JsonObject): string {
  const method = optionalObject(identity, 'token', 'identity');
  if (method === undefined) throw expecting('token', 'identity');
  const id = optionalString(method, 'id', 'identity/token');
  if (id === undefined) throw expecting('id', 'token');
  return id;
}

function parseApplicationCredential(identity: JsonObject): NonNullable<AuthRequest['applicationCredential']> {
  const path = 'identity/application_credential';
  const method = optionalObject(identity, 'application_credential', 'identity');
  if (method === undefined) throw expecting('application_credential', 'identity');
  const secret = optionalString(method, 'secret', path);
  if (secret === undefined) throw expecting('secret', 'application_credential');
  const id = optionalString(method, 'id', path);
  if (id !== undefined) return { credential: { id }, secret };
  const name = optionalString(method, 'name', path);
  if (name === undefined) throw expecting('name or ID', 'application credential');
  const user = optionalObject(method, 'user', path);
  if (user === undefined) throw expecting('user', 'application credential');
  return { credential: { name, user: parseNamed(user, 'user', `${path}/user`) }, secret };
}

/** "unscoped" comes as a string or as {"unscoped": {}}; both are on the wire of real clients. */
function parseScope(auth: JsonObject): ScopeRequest {
  const scope = field(auth, 'scope');
  if (scope === undefined || scope === null) return { kind: 'none' };
  if (scope === 'unscoped') return { kind: 'unscoped' };
  if (!isObject(scope)) throw wrongType('scope', scope, 'object');
  const kinds = ['project', 'domain', 'unscoped', 'system', 'OS-TRUST:trust'].filter((kind) =>
    Object.hasOwn(scope, kind),
  );
  const project = optionalObject(scope, 'project', 'scope');
  const domain = optionalObject(scope, 'domain', 'scope');
  if (kinds.length !== 1) throw expecting('system, project, domain, OS-TRUST:trust or unscoped', 'scope');
  if (project !== undefined) return { kind: 'project', project: parseNamed(project, 'project', 'scope/project') };
  if (domain !== undefined) return { kind: 'domain', domain: parseDomain(domain, 'scope/domain') };
  if (kinds[0] === 'unscoped') return { kind: 'unscoped' };
  throw new IdentityError(
    401,
    kinds[0] === 'system'
      ? 'There is no system scope here: ask for a project or a domain scope.'
      : 'There are no trusts here: ask for a project or a domain scope.',
  );
}

function parseNamed(reference: JsonObject, target: string, path: string): NamedReference {
  const id = optionalString(reference, 'id', path);
  const name = optionalString(reference, 'name', path);
  const domain = optionalObject(reference, 'domain', path);
  if (id !== undefined) return { id };
  if (name === undefined) throw invalidInput(path, 'id or name must be present.');
  if (domain === undefined) throw expecting('domain', target);
  return { name, domain: parseDomain(domain, `${path}/domain`) };
}

function parseDomain(reference: JsonObject, path: string): DomainReference {
  const id = optionalString(reference, 'id', path);
  const name = optionalString(reference, 'name', path);
  if (id !== undefined) return { id };
  if (name !== undefined) return { name };
  throw invalidInput(path, 'id or name must be present.');
}
