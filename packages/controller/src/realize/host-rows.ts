import { ApiError } from '../http/api-error.ts';
import type { Queryable, Store } from '../store/store.ts';
import { KEYS_CHANNEL } from './channels.ts';
import type { HostKeys } from './host-keys.ts';

/** A host as the API shows it. */
export interface HostRow {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly vtep: string | null;
  readonly facts: object;
  readonly key_serial: number;
  readonly applied_revision: number | null;
  readonly last_seen_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const COLUMNS = `id, name, driver, host(vtep) AS vtep, facts, key_serial, applied_revision, last_seen_at, created_at, updated_at`;

/** Longest is what fits the identity of the link with its serial (api/link/link-key). */
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,198}[A-Za-z0-9])?$/;
const DRIVER = /^[a-z][a-z0-9-]{0,63}$/;

export async function listHosts(store: Queryable): Promise<HostRow[]> {
  return store.query<HostRow>(`SELECT ${COLUMNS} FROM hosts ORDER BY name`);
}

/** Throws 404. */
export async function showHost(store: Queryable, name: string): Promise<HostRow> {
  const [row] = await store.query<HostRow>(`SELECT ${COLUMNS} FROM hosts WHERE name = $1`, [name]);
  return row ?? notFound(name);
}

/** Reads {"host": {"name", "driver"}}; throws 400. */
export function parseNewHost(body: unknown): { name: string; driver: string } {
  const host = typeof body === 'object' && body !== null && 'host' in body ? body.host : undefined;
  if (typeof host !== 'object' || host === null) throw bad(`Unable to find 'host' in request body`);
  const { name, driver, ...others } = host as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw bad(`Attribute(s) '${unknown.join("', '")}' not recognized`);
  if (typeof name !== 'string' || !NAME.test(name))
    throw bad(`Invalid input for name: a host name is letters, digits, ".", "_" and "-", 200 at most`);
  if (typeof driver !== 'string' || !DRIVER.test(driver)) throw bad(`Invalid input for driver: "bridge", for example`);
  return { name, driver };
}

/** The host and the only sight of its link key. Throws 409 when it exists. */
export async function createHost(store: Store, keys: HostKeys, host: { name: string; driver: string }) {
  const { value, revision } = await store.transaction(async (tx) => {
    const [row] = await tx.query<HostRow>(
      `INSERT INTO hosts (name, driver) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [host.name, host.driver],
    );
    if (row === undefined) throw new ApiError(409, 'HostExists', `Host ${host.name} exists already.`);
    return row;
  });
  return { host: withKey(value, keys), revision };
}

/** A new key; the old one is worth nothing from the commit on, and the agent that used it is sent away. Throws 404. */
export async function rotateHostKey(store: Store, keys: HostKeys, name: string) {
  const { value } = await store.transaction(async (tx) => {
    const [row] = await tx.query<HostRow>(
      `UPDATE hosts SET key_serial = key_serial + 1, updated_at = now() WHERE name = $1 RETURNING ${COLUMNS}`,
      [name],
    );
    await tx.query('SELECT pg_notify($1, $2)', [KEYS_CHANNEL, name]);
    return row ?? notFound(name);
  });
  return withKey(value, keys);
}

/** Throws 404, and 409 while ports are bound to the host. Gives the revision. */
export async function deleteHost(store: Store, name: string): Promise<number | null> {
  const { revision } = await store.transaction(async (tx) => {
    const [row] = await tx.query('SELECT FROM hosts WHERE name = $1 FOR UPDATE', [name]);
    if (row === undefined) notFound(name);
    const [port] = await tx.query<{ id: string }>('SELECT id FROM ports WHERE host = $1 LIMIT 1', [name]);
    if (port) throw new ApiError(409, 'HostInUse', `Host ${name} is in use: port ${port.id} is bound to it.`);
    await tx.query('DELETE FROM hosts WHERE name = $1', [name]);
    await tx.query('SELECT pg_notify($1, $2)', [KEYS_CHANNEL, name]);
  });
  return revision;
}

function withKey(row: HostRow, keys: HostKeys) {
  return { ...row, link_key: keys.textOf(row.name, row.key_serial) };
}

function notFound(name: string): never {
  throw new ApiError(404, 'HostNotFound', `Host ${name} could not be found.`);
}

function bad(message: string): ApiError {
  return new ApiError(400, 'HTTPBadRequest', message);
}
