import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Queryable } from '../../store/store.ts';
import { IdentityError, notFound } from '../identity-error.ts';
import { DOMAIN } from '../resources/domain.ts';
import { GROUP } from '../resources/group.ts';
import { PROJECT } from '../resources/project.ts';
import { collectionBody, resourceBody } from '../resources/resource-body.ts';
import type { ResourceKind, Row } from '../resources/resource-kind.ts';
import { ROLE } from '../resources/role.ts';
import { USER } from '../resources/user.ts';
import { noContent, pathParameter, type RouteTools, requireAdmin } from './route-tools.ts';

/** Who holds roles, and on what; with the columns that keep them. */
interface Grants {
  readonly holder: { readonly kind: ResourceKind; readonly table: string; readonly column: string };
  readonly target: { readonly kind: ResourceKind; readonly column: string };
}

const HOLDERS: readonly Grants['holder'][] = [
  { kind: USER, table: 'identity_assignments', column: 'user_id' },
  { kind: GROUP, table: 'identity_group_assignments', column: 'group_id' },
];
const TARGETS: readonly Grants['target'][] = [
  { kind: PROJECT, column: 'project_id' },
  { kind: DOMAIN, column: 'domain_id' },
];

/** Giving a user or a group a role on a project or a domain, asking for it and taking it away. */
export function grantRoutes(app: FastifyInstance, tools: RouteTools): void {
  for (const holder of HOLDERS) for (const target of TARGETS) grantRoutesOn(app, tools, { holder, target });
}

function grantRoutesOn(app: FastifyInstance, tools: RouteTools, { holder, target: on }: Grants): void {
  const { service, base } = tools;
  const path = `/v3/${on.kind.many}/:target/${holder.kind.many}/:owner/roles`;
  const condition = `${holder.column} = $1 AND ${on.column} = $2`;

  app.get(path, async (request) => {
    await requireAdmin(tools, request, { action: 'identity:list_grants' });
    const { owner, target } = await existing(request, service.store, '');
    const rows = await service.store.query<Row>(
      `SELECT r.* FROM identity_roles r JOIN ${holder.table} a ON a.role_id = r.id WHERE ${condition} ORDER BY r.id`,
      [owner, target],
    );
    const roles = rows.map((row) => resourceBody(ROLE, row, base));
    return collectionBody('roles', roles, tools.selfUrl(request));
  });

  app.get(`${path}/:role`, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:check_grant' });
    const grant = await existing(request, service.store, '');
    const held = await service.store.query(`SELECT FROM ${holder.table} WHERE ${condition} AND role_id = $3`, [
      grant.owner,
      grant.target,
      grant.role,
    ]);
    if (held.length === 0) throw noSuchGrant(grant);
    return noContent(reply);
  });

  app.put(`${path}/:role`, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:create_grant' });
    await service.write(async (tx) => {
      const { owner, target, role } = await existing(request, tx, ' FOR KEY SHARE');
      await tx.query(
        `INSERT INTO ${holder.table} (${holder.column}, ${on.column}, role_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
        [owner, target, role],
      );
    });
    return noContent(reply);
  });

  app.delete(`${path}/:role`, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:revoke_grant' });
    await service.write(async (tx) => {
      const grant = await existing(request, tx, ' FOR KEY SHARE');
      const removed = await tx.query(
        `DELETE FROM ${holder.table} WHERE ${condition} AND role_id = $3 RETURNING role_id`,
        [grant.owner, grant.target, grant.role],
      );
      if (removed.length === 0) throw noSuchGrant(grant);
    });
    return noContent(reply);
  });

  /** The ids of the path; 404 for the first there is none of. Locked ones stay while the transaction goes on. */
  async function existing(request: FastifyRequest, db: Queryable, lock: '' | ' FOR KEY SHARE'): Promise<Grant> {
    const ids = {
      role: pathParameter(request, 'role'),
      owner: pathParameter(request, 'owner'),
      target: pathParameter(request, 'target'),
    };
    const wanted = [
      ...(ids.role === '' ? [] : [[ROLE, ids.role] as const]),
      [holder.kind, ids.owner],
      [on.kind, ids.target],
    ] as const;
    for (const [{ one, table }, id] of wanted) {
      const found = await db.query(`SELECT id FROM ${table} WHERE id = $1${lock}`, [id]);
      if (found.length === 0) throw notFound(one, id);
    }
    return ids;
  }
}

/** Ids. */
interface Grant {
  readonly role: string;
  readonly owner: string;
  readonly target: string;
}

function noSuchGrant({ role, owner, target }: Grant): IdentityError {
  const text = `Could not find role assignment with role: ${role}, user or group: ${owner}, project, domain, or system: ${target}.`;
  return new IdentityError(404, text);
}
