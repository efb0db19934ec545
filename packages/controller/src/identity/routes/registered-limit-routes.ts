import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Queryable } from '../../store/store.ts';
import { conflict, IdentityError, notFound } from '../identity-error.ts';
import type { LimitValues } from '../parse-limit.ts';
import { type LimitKind, type LimitRow, limitKindRoutes } from './limit-kind.ts';
import { queryParameter, type RouteTools } from './route-tools.ts';

const COLUMNS = 'id, service_id, region_id, resource_name, default_limit, description';
const IDENTIFYING = ['service_id', 'region_id', 'resource_name'];
const ATTRIBUTES = [...IDENTIFYING, 'default_limit', 'description'];

/** The limits that a service's resources have by default, for services that ask here. */
export function registeredLimitRoutes(app: FastifyInstance, tools: RouteTools): void {
  limitKindRoutes(app, tools, REGISTERED_LIMIT);
}

const REGISTERED_LIMIT: LimitKind = {
  name: 'registered_limit',
  created: ATTRIBUTES,
  required: ['service_id', 'resource_name', 'default_limit'],
  changed: ATTRIBUTES,

  list(db, request) {
    const filters = IDENTIFYING.map((name) => queryParameter(request, name) ?? null);
    return db.query<LimitRow>(
      `SELECT ${COLUMNS} FROM identity_registered_limits WHERE ($1::text IS NULL OR service_id = $1)
        AND ($2::text IS NULL OR region_id = $2) AND ($3::text IS NULL OR resource_name = $3) ORDER BY id`,
      filters,
    );
  },

  async read(db, id) {
    const [row] = await db.query<LimitRow>(`SELECT ${COLUMNS} FROM identity_registered_limits WHERE id = $1`, [id]);
    if (row === undefined) throw new IdentityError(404, `Could not find registered limit for ${id}.`);
    return row;
  },

  async insert(tx, values) {
    await checkReferences(tx, values);
    const [row] = await tx.query<LimitRow>(
      `INSERT INTO identity_registered_limits (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [randomUUID().replaceAll('-', ''), ...ATTRIBUTES.map((name) => values[name] ?? null)],
    );
    return row ?? duplicate();
  },

  async change(tx, row, changes) {
    const next = { ...row, ...changes };
    if (IDENTIFYING.some((name) => next[name] !== row[name])) await refuseUsed(tx, row.id);
    await checkReferences(tx, next);
    const [updated] = await tx.query<LimitRow>(
      `UPDATE identity_registered_limits SET service_id = $2, region_id = $3, resource_name = $4, default_limit = $5,
        description = $6 WHERE id = $1 AND NOT EXISTS (SELECT FROM identity_registered_limits o WHERE o.id <> $1
        AND o.service_id = $2 AND o.region_id IS NOT DISTINCT FROM $3 AND o.resource_name = $4) RETURNING ${COLUMNS}`,
      [row.id, ...ATTRIBUTES.map((name) => next[name] ?? null)],
    );
    return updated ?? duplicate();
  },

  async remove(tx, id) {
    await refuseUsed(tx, id);
    await tx.query('DELETE FROM identity_registered_limits WHERE id = $1', [id]);
  },
};

async function checkReferences(tx: Queryable, { service_id, region_id }: LimitValues): Promise<void> {
  const services = await tx.query('SELECT FROM identity_services WHERE id = $1', [service_id]);
  if (services.length === 0) throw notFound('service', String(service_id));
  if ((region_id ?? null) === null) return;
  const regions = await tx.query('SELECT FROM identity_regions WHERE id = $1', [region_id]);
  if (regions.length === 0) throw notFound('region', String(region_id));
}

async function refuseUsed(tx: Queryable, id: string): Promise<void> {
  const used = await tx.query('SELECT FROM identity_limits WHERE registered_limit_id = $1 LIMIT 1', [id]);
  if (used.length === 0) return;
  throw new IdentityError(
    403,
    `Unable to update or delete registered limit ${id} because there are project limits associated with it.`,
  );
}

function duplicate(): never {
  throw conflict('registered_limit', 'Duplicate entry');
}
