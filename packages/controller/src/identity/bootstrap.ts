import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Queryable, Store } from '../store/store.ts';
import { type CloudsFile, updateCloudsAddress, writeCloudsFile } from './clouds-file.ts';
import { identityFailure } from './identity-failures.ts';
import { createPasswordHasher } from './password-hasher.ts';

export interface BootstrapOptions extends CloudsFile {
  readonly store: Store;
}

const REGION = 'RegionOne';
/** Any number that nothing else locks; one bootstrap at a time. */
const LOCK = 6_300_219_476;

const PROTECTED_ROLES = ['admin', 'member', 'reader'];
const LOAD_BALANCER_ROLES = ['admin', 'member', 'observer', 'global_observer', 'quota_admin'];
const IMPLICATIONS = [
  ['admin', 'member'],
  ['member', 'reader'],
];
const ADMINS_ROLES = ['admin', 'load-balancer_admin'];

/**
 * Fills an empty database with what a first login needs and writes `clouds.yaml`; on a filled one, only follows a changed
 * `publicUrl`. `password` is there for the one caller, of all controllers, that created the admin.
 */
export async function bootstrapIdentity(options: BootstrapOptions): Promise<{ readonly password?: string }> {
  const { store, publicUrl } = options;
  const password = randomPassword();
  const hash = await createPasswordHasher().hash(password);
  const { value: created } = await store.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const filled = await tx.query(`SELECT id FROM identity_domains WHERE id = 'default'`);
    if (filled.length > 0) {
      await updateEndpoints(tx, publicUrl);
      return false;
    }
    await fill(tx, hash);
    await createServices(tx, publicUrl);
    // Before the commit: a crash in between leaves an empty database, which the next start fills again.
    await writeCloudsFile(options, password);
    return true;
  });
  if (created) return { password };
  await updateCloudsAddress(options);
  return {};
}

/**
 * Gives the admin a new password, enables the account and its admin role again, voids its tokens and writes `clouds.yaml`.
 * Throws ADMIN_MISSING.
 */
export async function resetAdminPassword(options: BootstrapOptions): Promise<string> {
  const password = randomPassword();
  const hash = await createPasswordHasher().hash(password);
  await options.store.transaction(async (tx) => {
    const changed = await tx.query(
      `UPDATE identity_users SET password_hash = $1, enabled = true, token_generation = token_generation + 1
        WHERE domain_id = 'default' AND name = 'admin' RETURNING id`,
      [hash],
    );
    if (changed.length === 0) throw identityFailure('ADMIN_MISSING');
    await assignAdminRoles(tx);
    await writeCloudsFile(options, password);
  });
  return password;
}

async function fill(tx: Queryable, passwordHash: string): Promise<void> {
  await tx.query(
    `INSERT INTO identity_domains (id, name, description) VALUES ('default', 'Default', 'The default domain')`,
  );
  await tx.query(
    `INSERT INTO identity_projects (id, name, domain_id, description)
      VALUES ($1, 'admin', 'default', 'Bootstrap project for initializing the cloud.')`,
    [newId()],
  );
  await tx.query(
    `INSERT INTO identity_users (id, name, domain_id, password_hash) VALUES ($1, 'admin', 'default', $2)`,
    [newId(), passwordHash],
  );
  for (const name of PROTECTED_ROLES) {
    await tx.query(`INSERT INTO identity_roles (id, name, options) VALUES ($1, $2, '{"immutable": true}')`, [
      newId(),
      name,
    ]);
  }
  for (const name of LOAD_BALANCER_ROLES) {
    await tx.query('INSERT INTO identity_roles (id, name) VALUES ($1, $2)', [newId(), `load-balancer_${name}`]);
  }
  for (const [prior, implied] of IMPLICATIONS) {
    await tx.query(
      `INSERT INTO identity_implied_roles (prior_role_id, implied_role_id)
        SELECT a.id, b.id FROM identity_roles a, identity_roles b WHERE a.name = $1 AND b.name = $2`,
      [prior, implied],
    );
  }
  await assignAdminRoles(tx);
  await tx.query('INSERT INTO identity_regions (id) VALUES ($1)', [REGION]);
}

async function assignAdminRoles(tx: Queryable): Promise<void> {
  await tx.query(
    `INSERT INTO identity_assignments (user_id, role_id, project_id)
      SELECT u.id, r.id, p.id FROM identity_users u, identity_roles r, identity_projects p
       WHERE u.domain_id = 'default' AND u.name = 'admin' AND p.domain_id = 'default' AND p.name = 'admin'
         AND r.domain_id IS NULL AND r.name = ANY($1)
      ON CONFLICT DO NOTHING`,
    [ADMINS_ROLES],
  );
}

const SERVICES = [
  { type: 'identity', name: 'keystone', path: '/identity/v3' },
  { type: 'network', name: 'neutron', path: '' },
];
const INTERFACES = ['public', 'internal', 'admin'];

async function createServices(tx: Queryable, publicUrl: string): Promise<void> {
  for (const { type, name, path } of SERVICES) {
    const service = newId();
    await tx.query('INSERT INTO identity_services (id, type, name) VALUES ($1, $2, $3)', [service, type, name]);
    for (const side of INTERFACES) {
      await tx.query(
        'INSERT INTO identity_endpoints (id, service_id, interface, region_id, url) VALUES ($1, $2, $3, $4, $5)',
        [endpointId(type, side), service, side, REGION, publicUrl + path],
      );
    }
  }
}

/** Only the endpoints made here follow the address; those an administrator made, or took away, are his. */
async function updateEndpoints(tx: Queryable, publicUrl: string): Promise<void> {
  for (const { type, path } of SERVICES) {
    await tx.query('UPDATE identity_endpoints SET url = $2 WHERE id = ANY($1) AND url <> $2', [
      INTERFACES.map((side) => endpointId(type, side)),
      publicUrl + path,
    ]);
  }
}

/** The same on every installation, so that they are found again. */
function endpointId(type: string, side: string): string {
  return createHash('sha256').update(`netloom endpoint ${type} ${side}`).digest('hex').slice(0, 32);
}

function newId(): string {
  return randomUUID().replaceAll('-', '');
}

function randomPassword(): string {
  return randomBytes(18).toString('base64url');
}
