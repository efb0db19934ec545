import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Queryable } from '../../store/store.ts';
import { conflict, IdentityError, notFound } from '../identity-error.ts';
import { type LimitValues, parseLimitChange, parseLimits } from '../parse-limit.ts';
import { collectionBody } from '../resources/resource-body.ts';
import {
  noContent,
  pathParameter,
  queryParameter,
  type RouteTools,
  requireAdmin,
  requireToken,
} from './route-tools.ts';

type RegisteredLimitRow = LimitValues & { readonly id: string };

const COLUMNS = 'id, service_id, region_id, resource_name, default_limit, description';
const ATTRIBUTES = ['service_id', 'region_id', 'resource_name', 'default_limit', 'description'];
const REQUIRED = ['service_id', 'resource_name', 'default_limit'];

/** The limits that a service's resources have by default, for services that ask here. */
export function registeredLimitRoutes(app: FastifyInstance, tools: RouteTools): void {
  const { service, base } = tools;
  const path = '/v3/registered_limits';
  const show = (row: RegisteredLimitRow) => ({ ...row, links: { self: `${base}/registered_limits/${row.id}` } });

  app.get(path, async (request) => {
    await requireToken(tools, request);
    const filters = ['service_id', 'region_id', 'resource_name'].map((name) => queryParameter(request, name) ?? null);
    const rows = await service.store.query<RegisteredLimitRow>(
      `SELECT ${COLUMNS} FROM identity_registered_limits WHERE ($1::text IS NULL OR service_id = $1)
        AND ($2::text IS NULL OR region_id = $2) AND ($3::text IS NULL OR resource_name = $3) ORDER BY id`,
      filters,
    );
    return collectionBody('registered_limits', rows.map(show), tools.selfUrl(request));
  });

  app.get(`${path}/:id`, async (request) => {
    await requireToken(tools, request);
    return { registered_limit: show(await existing(service.store, pathParameter(request, 'id'))) };
  });

  app.post(path, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:create_registered_limits' });
    const wanted = parseLimits(request.body, 'registered_limits', { known: ATTRIBUTES, required: REQUIRED });
    const made = await service.write(async (tx) => {
      const rows: RegisteredLimitRow[] = [];
      for (const values of wanted) rows.push(await insert(tx, values));
      return rows;
    });
    return reply.code(201).send({ registered_limits: made.map(show) });
  });

  app.patch(`${path}/:id`, async (request) => {
    await requireAdmin(tools, request, { action: 'identity:update_registered_limit' });
    const changes = parseLimitChange(request.body, 'registered_limit', ATTRIBUTES);
    const changed = await service.write(async (tx) => {
      const row = await existing(tx, pathParameter(request, 'id'));
      const next = { ...row, ...changes };
      const moved = ['service_id', 'region_id', 'resource_name'].some((name) => next[name] !== row[name]);
      if (moved) await refuseUsed(tx, row.id);
      await checkReferences(tx, next);
      const [updated] = await tx.query<RegisteredLimitRow>(
        `UPDATE identity_registered_limits SET service_id = $2, region_id = $3, resource_name = $4, default_limit = $5,
          description = $6 WHERE id = $1 AND NOT EXISTS (SELECT FROM identity_registered_limits o WHERE o.id <> $1
          AND o.service_id = $2 AND o.region_id IS NOT DISTINCT FROM $3 AND o.resource_name = $4) RETURNING ${COLUMNS}`,
        [row.id, ...ATTRIBUTES.map((name) => next[name] ?? null)],
      );
      return updated ?? duplicate();
    });
    return { registered_limit: show(changed) };
  });

  app.delete(`${path}/:id`, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:delete_registered_limit' });
    await service.write(async (tx) => {
      const { id } = await existing(tx, pathParameter(request, 'id'));
      await refuseUsed(tx, id);
      await tx.query('DELETE FROM identity_registered_limits WHERE id = $1', [id]);
    });
    return noContent(reply);
  });
}

async function existing(on: Queryable, id: string): Promise<RegisteredLimitRow> {
  const [row] = await on.query<RegisteredLimitRow>(`SELECT ${COLUMNS} FROM identity_registered_limits WHERE id = $1`, [
    id,
  ]);
  if (row === undefined) throw new IdentityError(404, `Could not find registered limit for ${id}.`);
  return row;
}

async function insert(tx: Queryable, values: LimitValues): Promise<RegisteredLimitRow> {
  await checkReferences(tx, values);
  const [row] = await tx.query<RegisteredLimitRow>(
    `INSERT INTO identity_registered_limits (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [randomUUID().replaceAll('-', ''), ...ATTRIBUTES.map((name) => values[name] ?? null)],
  );
  return row ?? duplicate();
}

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
