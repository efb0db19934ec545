import { linkError } from '@netloom/api/link/link-errors';
import type { PskIdentity } from '@netloom/api/link/psk-server';
import { sameJson } from '@netloom/core/delta/diff';
import type { Json } from '@netloom/core/delta/items';
import { canonicalAddress } from '@netloom/core/net/address';
import type { Store } from '../store/store.ts';
import type { Hello } from './agent-session.ts';

interface HostRow {
  readonly driver: string;
  readonly vtep: string | null;
  readonly key_serial: number;
  readonly facts: Json;
}

/** What the database says of the host that wants in; throws LINK_REFUSED when the host is unknown or the key no longer its newest. */
export async function readHost(store: Pick<Store, 'query'>, { host, serial }: PskIdentity): Promise<HostRow> {
  const [row] = await store.query<HostRow>(
    'SELECT driver, host(vtep) AS vtep, key_serial, facts FROM hosts WHERE name = $1',
    [host],
  );
  if (row === undefined) throw linkError('LINK_REFUSED', { host, reason: 'there is no such host' });
  if (row.key_serial !== serial) throw linkError('LINK_REFUSED', { host, reason: 'the link key was rotated' });
  return row;
}

/** Keeps what an agent says of its host; a new tunnel end is a change of the model. Throws LINK_DRIVER, LINK_VTEP_TAKEN, LINK_REFUSED. */
export async function takeHello(store: Store, who: PskIdentity, hello: Hello): Promise<void> {
  const { host } = who;
  const row = await readHost(store, who);
  if (row.driver !== hello.driver) throw linkError('LINK_DRIVER', { host, wanted: row.driver, found: hello.driver });
  const vtep = canonicalAddress(hello.vtep);
  if (vtep === undefined) throw linkError('LINK_MALFORMED', { at: 'vtep', reason: 'no address' });
  const facts = { underlayMtu: hello.underlayMtu, abilities: hello.abilities };
  if (row.vtep !== null && canonicalAddress(row.vtep) === vtep && sameJson(row.facts, facts)) return;
  try {
    await store.transaction((tx) =>
      tx.query('UPDATE hosts SET vtep = $2::inet, facts = $3::jsonb, updated_at = now() WHERE name = $1', [
        host,
        vtep,
        JSON.stringify(facts),
      ]),
    );
  } catch (error) {
    if (isViolationOf(error, 'hosts_vtep_key')) throw linkError('LINK_VTEP_TAKEN', { host, vtep }, error);
    throw error;
  }
}

function isViolationOf(error: unknown, constraint: string): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === constraint;
}
