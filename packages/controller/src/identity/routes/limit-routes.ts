import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Queryable } from '../../store/store.ts';
import { conflict, forbidden, IdentityError, invalidInput, notFound } from '../identity-error.ts';
import type { LimitValues } from '../parse-limit.ts';
import { type LimitKind, type LimitRow, limitKindRoutes } from './limit-kind.ts';
import { queryParameter, type RouteTools, requireToken } from './route-tools.ts';

const SELECT = `SELECT l.id, l.project_id, l.domain_id, r.service_id, r.region_id, r.resource_name, l.resource_limit, l.description
  FROM identity_limits l JOIN identity_registered_limits r ON r.id = l.registered_limit_id`;
const FILTERS = ['service_id', 'region_id', 'resource_name', 'project_id', 'domain_id'];

/** What one project or domain may have in place of the registered default. */
export function limitRoutes(app: FastifyInstance, tools: RouteTools): void {
  app.get('/v3/limits/model', async (request) => {
    await requireToken(tools, request);
    const description = 'Limit enforcement and validation does not take project hierarchy into consideration.';
    return { model: { name: 'flat', description } };
  });
  limitKindRoutes(app, tools, LIMIT);
}

const LIMIT: LimitKind = {
  name: 'limit',
  created: [...FILTERS, 'resource_limit', 'description'],
  required: ['service_id', 'resource_name', 'resource_limit'],
  changed: ['resource_limit', 'description'],

  list(db, request, { caller }) {
    const filters = FILTERS.map((name) => queryParameter(request, name) ?? null);
    return db.query<LimitRow>(
      `${SELECT} WHERE ($1::text IS NULL OR r.service_id = $1) AND ($2::text IS NULL OR r.region_id = $2)
        AND ($3::text IS NULL OR r.resource_name = $3) AND ($4::text IS NULL OR l.project_id = $4)
        AND ($5::text IS NULL OR l.domain_id = $5) AND ($6 OR l.project_id = $7) ORDER BY l.id`,
      [...filters, caller.isAdmin, caller.projectId],
    );
  },

  read,

  checkReader(row, { caller }) {
    if (!caller.isAdmin && row['project_id'] !== caller.projectId) throw forbidden('identity:get_limit');
  },

  insert,

  async change(tx, row, changes) {
    const next = { ...row, ...changes };
    await tx.query('UPDATE identity_limits SET resource_limit = $2, description = $3 WHERE id = $1', [
      row.id,
      next['resource_limit'],
      next['description'],
    ]);
    return next;
  },

  async remove(tx, id) {
    await tx.query('DELETE FROM identity_limits WHERE id = $1', [id]);
  },
};

async function read(db: Queryable, id: string): Promise<LimitRow> {
  const [row] = await db.query<LimitRow>(`${SELECT} WHERE l.id = $1`, [id]);
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
  return read(tx, id);
}
