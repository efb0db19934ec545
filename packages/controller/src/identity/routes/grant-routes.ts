import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Queryable } from '../../store/store.ts';
import { IdentityError, notFound } from '../identity-error.ts';
import { DOMAIN } from '../resources/domain.ts';
import { PROJECT } from '../resources/project.ts';
import { collectionBody, resourceBody } from '../resources/resource-body.ts';
import type { ResourceKind, Row } from '../resources/resource-kind.ts';
import { ROLE } from '../resources/role.ts';
import { USER } from '../resources/user.ts';
import { noContent, pathParameter, type RouteTools, requireAdmin } from './route-tools.ts';

/** Giving a user a role on a project or a domain, asking for it and taking it away. */
export function grantRoutes(app: FastifyInstance, tools: RouteTools): void {
  grantRoutesOn(app, tools, { kind: PROJECT, column: 'project_id' });
  grantRoutesOn(app, tools, { kind: DOMAIN, column: 'domain_id' });
}

function grantRoutesOn(
  app: FastifyInstance,
  tools: RouteTools,
  { kind, column }: { kind: ResourceKind; column: 'project_id' | 'domain_id' },
): void {
  const { service, base } = tools;
  const ofUser = `/v3/${kind.many}/:target/users/:user/roles`;
  const condition = `user_id = $1 AND ${column} = $2`;

  app.get(ofUser, async (request) => {
    await requireAdmin(tools, request, { action: 'identity:list_grants' });
    const { target, user } = await existing(request, service.store, '');
    const rows = await service.store.query<Row>(
      `SELECT r.* FROM identity_roles r JOIN identity_assignments a ON a.role_id = r.id WHERE ${condition} ORDER BY r.id`,
      [user, target],
    );
    const roles = rows.map((row) => resourceBody(ROLE, row, base));
    return collectionBody('roles', roles, tools.selfUrl(request));
  });

  app.get(`${ofUser}/:role`, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:check_grant' });
    const { target, user, role } = await existing(request, service.store, '');
    const held = await service.store.query(
      `SELECT role_id FROM identity_assignments WHERE ${condition} AND role_id = $3`,
      [user, target, role],
    );
    if (held.length === 0) throw noSuchGrant(user, target, role);
    return noContent(reply);
  });

  app.put(`${ofUser}/:role`, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:create_grant' });
    await service.write(async (tx) => {
      const { target, user, role } = await existing(request, tx, ' FOR KEY SHARE');
      await tx.query(
        `INSERT INTO identity_assignments (user_id, ${column}, role_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
        [user, target, role],
      );
    });
    return noContent(reply);
  });

  app.delete(`${ofUser}/:role`, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:revoke_grant' });
    await service.write(async (tx) => {
      const { target, user, role } = await existing(request, tx, ' FOR KEY SHARE');
      const removed = await tx.query(
        `DELETE FROM identity_assignments WHERE ${condition} AND role_id = $3 RETURNING role_id`,
        [user, target, role],
      );
      if (removed.length === 0) throw noSuchGrant(user, target, role);
    });
    return noContent(reply);
  });

  /** The ids of the path; 404 for the first there is none of. Locked ones stay while the transaction goes on. */
  async function existing(request: FastifyRequest, on: Queryable, lock: '' | ' FOR KEY SHARE') {
    const ids = {
      role: pathParameter(request, 'role'),
      user: pathParameter(request, 'user'),
      target: pathParameter(request, 'target'),
    };
    const wanted = [
      ...(ids.role === '' ? [] : [[ROLE, ids.role] as const]),
      [USER, ids.user],
      [kind, ids.target],
    ] as const;
    for (const [{ one, table }, id] of wanted) {
      const found = await on.query(`SELECT id FROM ${table} WHERE id = $1${lock}`, [id]);
      if (found.length === 0) throw notFound(one, id);
    }
    return ids;
  }
}

function noSuchGrant(user: string, target: string, role: string): IdentityError {
  const text = `Could not find role assignment with role: ${role}, user or group: ${user}, project, domain, or system: ${target}.`;
  return new IdentityError(404, text);
}
