import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Queryable } from '../../store/store.ts';
import { conflict, forbidden, IdentityError, invalidInput, notFound } from '../identity-error.ts';
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

type LimitRow = LimitValues & { readonly id: string };

const SELECT = `SELECT l.id, l.project_id, l.domain_id, r.service_id, r.region_id, r.resource_name, l.resource_limit, l.description
  FROM identity_limits l JOIN identity_registered_limits r ON r.id = l.registered_limit_id`;
const CREATED = [
  'service_id',
  'region_id',
  'resource_name',
  'resource_limit',
  'project_id',
  'domain_id',
  'description',
];
const REQUIRED = ['service_id', 'resource_name', 'resource_limit'];
const CHANGED = ['resource_limit', 'description'];

/** What one project or domain may have in place of the registered default. */
export function limitRoutes(app: FastifyInstance, tools: RouteTools): void {
  const { service, base } = tools;
  const path = '/v3/limits';
  const show = (row: LimitRow) => ({ ...row, links: { self: `${base}/limits/${row.id}` } });

  app.get(`${path}/model`, async (request) => {
    await requireToken(tools, request);
    const description = 'Limit enforcement and validation does not take project hierarchy into consideration.';
    return { model: { name: 'flat', description } };
  });

  app.get(path, async (request) => {
    const { caller } = await requireToken(tools, request);
    const names = ['service_id', 'region_id', 'resource_name', 'project_id', 'domain_id'];
    const filters = names.map((name) => queryParameter(request, name) ?? null);
    const rows = await service.store.query<LimitRow>(
      `${SELECT} WHERE ($1::text IS NULL OR r.service_id = $1) AND ($2::text IS NULL OR r.region_id = $2)
        AND ($3::text IS NULL OR r.resource_name = $3) AND ($4::text IS NULL OR l.project_id = $4)
        AND ($5::text IS NULL OR l.domain_id = $5) AND ($6 OR l.project_id = $7) ORDER BY l.id`,
      [...filters, caller.isAdmin, caller.projectId],
    );
    return collectionBody('limits', rows.map(show), tools.selfUrl(request));
  });

  app.get(`${path}/:id`, async (request) => {
    const { caller } = await requireToken(tools, request);
    const row = await existing(service.store, request);
    if (!caller.isAdmin && row['project_id'] !== caller.projectId) throw forbidden('identity:get_limit');
    return { limit: show(row) };
  });

  app.post(path, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:create_limits' });
    const wanted = parseLimits(request.body, 'limits', { known: CREATED, required: REQUIRED });
    const made = await service.write(async (tx) => {
      const rows: LimitRow[] = [];
      for (const values of wanted) rows.push(await insert(tx, values));
      return rows;
    });
    return reply.code(201).send({ limits: made.map(show) });
  });

  app.patch(`${path}/:id`, async (request) => {
    await requireAdmin(tools, request, { action: 'identity:update_limit' });
    const changes = parseLimitChange(request.body, 'limit', CHANGED);
    const changed = await service.write(async (tx) => {
      const row = await existing(tx, request);
      const next = { ...row, ...changes };
      await tx.query('UPDATE identity_limits SET resource_limit = $2, description = $3 WHERE id = $1', [
        row.id,
        next['resource_limit'],
        next['description'],
      ]);
      return next;
    });
    return { limit: show(changed) };
  });

  app.delete(`${path}/:id`, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:delete_limit' });
    await service.write(async (tx) => {
      const { id } = await existing(tx, request);
      await tx.query('DELETE FROM identity_limits WHERE id = $1', [id]);
    });
    return noContent(reply);
  });
}

async function existing(on: Queryable, request: FastifyRequest): Promise<LimitRow> {
  const id = pathParameter(request, 'id');
  const [row] = await on.query<LimitRow>(`${SELECT} WHERE l.id = $1`, [id]);
  if (row === undefined) throw new IdentityError(404, `Could not find limit for ${id}.`);
  return row;
}

async function insert(tx: Queryable, values: LimitValues): Promise<LimitRow> {
  const { project_id: project = null, domain_id: domain = null, region_id: region = null } = values;
  if ((project === null) === (domain === null)) throw invalidInput('limits', 'give it a project_id or a domain_id');
  const [target, table, kind] =
    project === null ? [domain, 'identity_domains', 'domain'] : [project, 'identity_projects', 'project'];
  const targets = await tx.query(`SELECT FROM ${table} WHERE id = $1`, [target]);
  if (targets.length === 0) throw notFound(String(kind), String(target));
  const [registered] = await tx.query<{ id: string }>(
    `SELECT id FROM identity_registered_limits
      WHERE service_id = $1 AND region_id IS NOT DISTINCT FROM $2 AND resource_name = $3 FOR KEY SHARE`,
    [values['service_id'], region, values['resource_name']],
  );
  if (registered === undefined) {
    throw new IdentityError(403, 'Unable to create a limit that has no corresponding registered limit.');
  }
  const id = randomUUID().replaceAll('-', '');
  const made = await tx.query(
    `INSERT INTO identity_limits (id, registered_limit_id, project_id, domain_id, resource_limit, description)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id`,
    [id, registered.id, project, domain, values['resource_limit'], values['description'] ?? null],
  );
  if (made.length === 0) throw conflict('limit', 'Duplicate entry');
  const [row] = await tx.query<LimitRow>(`${SELECT} WHERE l.id = $1`, [id]);
  if (row === undefined) throw new Error(`limit ${id} is gone in its own transaction`);
  return row;
}
