import type { FastifyInstance } from 'fastify';
import type { Queryable } from '../../store/store.ts';
import { IdentityError, notFound } from '../identity-error.ts';
import { noContent, pathParameter, type RouteTools, requireAdmin } from './route-tools.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Which roles imply which: whoever holds the prior role holds the implied one. */
export function impliedRoleRoutes(app: FastifyInstance, tools: RouteTools): void {
  const { service, base } = tools;
  const path = '/v3/roles/:prior/implies';
  const role = ({ id, name }: Named) => ({ id, name, links: { self: `${base}/roles/${id}` } });

  app.get('/v3/role_inferences', async (request) => {
    await requireAdmin(tools, request, { action: 'identity:list_role_inference_rules' });
    const rows = await service.store.query<{ prior: Named; implied: Named[] }>(
      `SELECT json_build_object('id', p.id, 'name', p.name) AS prior,
              json_agg(json_build_object('id', r.id, 'name', r.name) ORDER BY r.id) AS implied
         FROM identity_implied_roles i JOIN identity_roles p ON p.id = i.prior_role_id
         JOIN identity_roles r ON r.id = i.implied_role_id GROUP BY p.id ORDER BY p.id`,
    );
    return {
      role_inferences: rows.map(({ prior, implied }) => ({ prior_role: role(prior), implies: implied.map(role) })),
    };
  });

  app.get(path, async (request) => {
    await requireAdmin(tools, request, { action: 'identity:list_implied_roles' });
    const prior = await named(service.store, pathParameter(request, 'prior'));
    const implied = await service.store.query<Named>(
      `SELECT r.id, r.name FROM identity_implied_roles i JOIN identity_roles r ON r.id = i.implied_role_id
        WHERE i.prior_role_id = $1 ORDER BY r.id`,
      [prior.id],
    );
    return {
      role_inference: { prior_role: role(prior), implies: implied.map(role) },
      links: { self: `${base}/roles/${prior.id}/implies` },
    };
  });

  app.get(`${path}/:implied`, async (request, reply) => {
    const checked = request.method === 'HEAD';
    await requireAdmin(tools, request, { action: `identity:${checked ? 'check' : 'get'}_implied_role` });
    const { prior, implied } = await both(service.store, request.params);
    const rows = await service.store.query(
      'SELECT FROM identity_implied_roles WHERE prior_role_id = $1 AND implied_role_id = $2',
      [prior.id, implied.id],
    );
    if (rows.length === 0) throw noRule(prior.id, implied.id);
    return checked ? noContent(reply) : inference(prior, implied);
  });

  app.put(`${path}/:implied`, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:create_implied_role' });
    const { prior, implied } = await both(service.store, request.params);
    if (implied.name === 'admin') {
      // Else whoever may write a rule could make an admin of everybody.
      throw new IdentityError(403, `Invalid implied role: ${implied.id}: the role admin cannot be implied.`);
    }
    await service.write((tx) =>
      tx.query(
        'INSERT INTO identity_implied_roles (prior_role_id, implied_role_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
        [prior.id, implied.id],
      ),
    );
    return reply.code(201).send(inference(prior, implied));
  });

  app.delete(`${path}/:implied`, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:delete_implied_role' });
    const { prior, implied } = await both(service.store, request.params);
    const removed = await service.write((tx) =>
      tx.query(
        'DELETE FROM identity_implied_roles WHERE prior_role_id = $1 AND implied_role_id = $2 RETURNING prior_role_id',
        [prior.id, implied.id],
      ),
    );
    if (removed.length === 0) throw noRule(prior.id, implied.id);
    return noContent(reply);
  });

  function inference(prior: Named, implied: Named) {
    return {
      role_inference: { prior_role: role(prior), implies: role(implied) },
      links: { self: `${base}/roles/${prior.id}/implies/${implied.id}` },
    };
  }
}

async function both(on: Queryable, params: unknown): Promise<{ prior: Named; implied: Named }> {
  const { prior, implied } = params as { prior: string; implied: string };
  return { prior: await named(on, prior), implied: await named(on, implied) };
}

async function named(on: Queryable, id: string): Promise<Named> {
  const [row] = await on.query<Named>('SELECT id, name FROM identity_roles WHERE id = $1', [id]);
  if (row === undefined) throw notFound('role', id);
  return row;
}

function noRule(prior: string, implied: string): IdentityError {
  return new IdentityError(404, `${prior} does not imply ${implied}.`);
}
