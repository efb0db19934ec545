import type { Kind, ModelKinds } from '@netloom/core/model/change';
import { toModel } from './model-rows.ts';
import type { Pool } from './pg-pool.ts';
import type { ModelSnapshot, Queryable } from './store.ts';

/** See `Store.snapshot`. One REPEATABLE READ transaction: the revision and the rows are of the same moment. */
export async function takeSnapshot(pool: Pool): Promise<ModelSnapshot> {
  const session = await pool.acquire();
  try {
    const [, revisions, networks, subnets, ports, hosts] = await Promise.all([
      session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
      session.query<{ revision: number }>(
        'SELECT greatest(revision, (SELECT max(revision) FROM changes)) AS revision FROM change_floor',
      ),
      readAll(session, 'network'),
      readAll(session, 'subnet'),
      readAll(session, 'port'),
      readAll(session, 'host'),
    ]);
    return { revision: revisions[0]?.revision ?? 0, networks, subnets, ports, hosts };
  } finally {
    await session.query('ROLLBACK').catch(() => undefined);
    session.release();
  }
}

const ROWS = {
  network: 'SELECT to_jsonb(networks) AS row FROM networks WHERE vni IS NOT NULL',
  subnet: 'SELECT to_jsonb(subnets) AS row FROM subnets',
  port: 'SELECT to_jsonb(ports) AS row FROM ports',
  host: 'SELECT to_jsonb(hosts) AS row FROM hosts',
} as const satisfies Record<Kind, string>;

async function readAll<K extends Kind>(session: Queryable, kind: K): Promise<ModelKinds[K][]> {
  const rows = await session.query<{ row: object }>(ROWS[kind]);
  return rows.map(({ row }) => toModel(kind, row));
}
