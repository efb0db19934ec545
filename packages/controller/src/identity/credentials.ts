import type { Queryable } from '../store/store.ts';
import type { ApplicationCredentialReference, DomainReference, NamedReference } from './auth-request.ts';
import { unauthorized } from './identity-error.ts';
import type { PasswordHasher } from './password-hasher.ts';

/** A user whose password was just proven. */
export interface ProvenUser {
  readonly id: string;
  /** The token generation as of the very row whose password was compared. */
  readonly generation: number;
  readonly defaultProjectId: string | null;
}

interface CredentialRow {
  readonly id: string;
  readonly password_hash: string | null;
  readonly token_generation: number;
  readonly default_project_id: string | null;
  readonly enabled: boolean;
}

/**
 * Compares a password. Throws 401, after the same work, whether the user is unknown, disabled or the password wrong.
 * A password hashed at an earlier cost is hashed anew on the way.
 */
export async function provePassword(
  store: Queryable,
  hasher: PasswordHasher,
  { user, password }: { readonly user: NamedReference; readonly password: string },
): Promise<ProvenUser> {
  const row = await findUser(store, user);
  const verdict = await hasher.verify(password, row?.password_hash ?? null);
  if (row === undefined || verdict === 'wrong' || !row.enabled) throw unauthorized();
  if (verdict === 'outdated') {
    await store.query('UPDATE identity_users SET password_hash = $3 WHERE id = $1 AND password_hash = $2', [
      row.id,
      row.password_hash,
      await hasher.hash(password),
    ]);
  }
  return { id: row.id, generation: row.token_generation, defaultProjectId: row.default_project_id };
}

/** An application credential whose secret was just proven. */
export interface ProvenApplicationCredential extends ProvenUser {
  readonly credentialId: string;
  readonly projectId: string;
  /** Seconds since 1970; null for never. */
  readonly expiresAt: number | null;
}

/** Compares the secret of an application credential. Throws 401, after the same work, for whatever is wrong. */
export async function proveApplicationCredential(
  store: Queryable,
  hasher: PasswordHasher,
  { credential, secret }: { readonly credential: ApplicationCredentialReference; readonly secret: string },
): Promise<ProvenApplicationCredential> {
  const { where, values } = credentialCondition(credential);
  const [row] = await store.query<CredentialRow & { user_id: string; project_id: string; expires_at: number | null }>(
    `SELECT c.id, c.user_id, c.project_id, c.secret_hash AS password_hash, u.token_generation, u.default_project_id,
            extract(epoch FROM c.expires_at)::float8 AS expires_at, u.enabled AND d.enabled AS enabled
       FROM identity_application_credentials c JOIN identity_users u ON u.id = c.user_id
       JOIN identity_domains d ON d.id = u.domain_id WHERE ${where}`,
    values,
  );
  const verdict = await hasher.verify(secret, row?.password_hash ?? null);
  if (row === undefined || verdict === 'wrong' || !row.enabled) throw unauthorized();
  return {
    id: row.user_id,
    generation: row.token_generation,
    defaultProjectId: null,
    credentialId: row.id,
    projectId: row.project_id,
    expiresAt: row.expires_at,
  };
}

function credentialCondition(credential: ApplicationCredentialReference): { where: string; values: string[] } {
  if ('id' in credential) return { where: 'c.id = $1', values: [credential.id] };
  const { where, values } = condition(credential.user, 'u');
  return { where: `${where} AND c.name = $${values.length + 1}`, values: [...values, credential.name] };
}

/** The id of a project, by reference; undefined when there is none. */
export async function findProjectId(store: Queryable, project: NamedReference): Promise<string | undefined> {
  const { where, values } = condition(project, 'p');
  const rows = await store.query<{ id: string }>(
    `SELECT p.id FROM identity_projects p JOIN identity_domains d ON d.id = p.domain_id WHERE ${where}`,
    values,
  );
  return rows[0]?.id;
}

/** The id of a domain, by reference; undefined when there is none. */
export async function findDomainId(store: Queryable, domain: DomainReference): Promise<string | undefined> {
  const [column, value] = 'id' in domain ? ['id', domain.id] : ['name', domain.name];
  const rows = await store.query<{ id: string }>(`SELECT id FROM identity_domains WHERE ${column} = $1`, [value]);
  return rows[0]?.id;
}

async function findUser(store: Queryable, user: NamedReference): Promise<CredentialRow | undefined> {
  const { where, values } = condition(user, 'u');
  const rows = await store.query<CredentialRow>(
    `SELECT u.id, u.password_hash, u.token_generation, u.default_project_id, u.enabled AND d.enabled AS enabled
       FROM identity_users u JOIN identity_domains d ON d.id = u.domain_id WHERE ${where}`,
    values,
  );
  return rows[0];
}

function condition(reference: NamedReference, alias: 'p' | 'u'): { where: string; values: string[] } {
  if ('id' in reference) return { where: `${alias}.id = $1`, values: [reference.id] };
  const [column, value] = 'id' in reference.domain ? ['id', reference.domain.id] : ['name', reference.domain.name];
  return { where: `${alias}.name = $1 AND d.${column} = $2`, values: [reference.name, value] };
}
