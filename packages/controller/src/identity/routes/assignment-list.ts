import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectionBody } from '../resources/resource-body.ts';
import { queryFlag, queryParameter, type RouteTools, requireAdmin } from './route-tools.ts';

interface AssignmentWithNames {
  readonly user_id: string;
  readonly user_name: string;
  readonly user_domain_id: string;
  readonly user_domain_name: string;
  readonly role_id: string;
  readonly role_name: string;
  readonly project_id: string | null;
  readonly project_name: string | null;
  readonly project_domain_id: string | null;
  readonly project_domain_name: string | null;
  readonly domain_id: string | null;
  readonly domain_name: string | null;
}

const SELECT = `
  SELECT a.user_id, u.name AS user_name, u.domain_id AS user_domain_id, ud.name AS user_domain_name,
         a.role_id, r.name AS role_name,
         a.project_id, p.name AS project_name, p.domain_id AS project_domain_id, pd.name AS project_domain_name,
         a.domain_id, d.name AS domain_name
    FROM identity_assignments a
    JOIN identity_users u ON u.id = a.user_id
    JOIN identity_domains ud ON ud.id = u.domain_id
    JOIN identity_roles r ON r.id = a.role_id
    LEFT JOIN identity_projects p ON p.id = a.project_id
    LEFT JOIN identity_domains pd ON pd.id = p.domain_id
    LEFT JOIN identity_domains d ON d.id = a.domain_id`;

const FILTERS: Readonly<Record<string, string>> = {
  'user.id': 'a.user_id',
  'project.id': 'a.project_id',
  'scope.project.id': 'a.project_id',
  'scope.domain.id': 'a.domain_id',
};

/** GET /v3/role_assignments; `effective` adds the roles that assigned ones imply, `include_names` names beside ids. */
export function assignmentListRoute(app: FastifyInstance, tools: RouteTools): void {
  const { service, base } = tools;

  app.get('/v3/role_assignments', async (request) => {
    await requireAdmin(tools, request, { action: 'identity:list_role_assignments' });
    const names = queryFlag(request, 'include_names');
    const assigned = await select(request);
    const shown = assigned.flatMap((row) => {
      const roles = queryFlag(request, 'effective') ? withImplied(row) : [{ id: row.role_id, name: row.role_name }];
      const role = queryParameter(request, 'role.id');
      return roles.filter(({ id }) => role === undefined || id === role).map((held) => body(row, held, names));
    });
    return collectionBody('role_assignments', shown, tools.selfUrl(request));
  });

  async function select(request: FastifyRequest): Promise<AssignmentWithNames[]> {
    // Groups and the system scope do not exist here, so nothing is assigned to or on them.
    if (queryParameter(request, 'group.id') ?? queryParameter(request, 'scope.system')) return [];
    const conditions: string[] = [];
    const values: string[] = [];
    for (const [parameter, column] of Object.entries(FILTERS)) {
      const value = queryParameter(request, parameter);
      if (value === undefined) continue;
      values.push(value);
      conditions.push(`${column} = $${values.length}`);
    }
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    return service.store.query(`${SELECT}${where} ORDER BY a.user_id, a.project_id, a.domain_id, a.role_id`, values);
  }

  function withImplied({ role_id }: AssignmentWithNames) {
    return service.directory.rolesWithImplied([role_id]);
  }

  function body(row: AssignmentWithNames, role: { id: string; name: string }, names: boolean): object {
    const target = row.project_id === null ? `domains/${row.domain_id}` : `projects/${row.project_id}`;
    return {
      links: {
        assignment: `${base}/${target}/users/${row.user_id}/roles/${row.role_id}`,
        ...(role.id !== row.role_id && { prior_role: `${base}/prior_role/${row.role_id}/implies/${role.id}` }),
      },
      scope: scopeBody(row, names),
      user: names
        ? { id: row.user_id, name: row.user_name, domain: { id: row.user_domain_id, name: row.user_domain_name } }
        : { id: row.user_id },
      role: names ? { id: role.id, name: role.name } : { id: role.id },
    };
  }
}

function scopeBody(row: AssignmentWithNames, names: boolean): object {
  if (row.project_id === null) {
    return { domain: names ? { id: row.domain_id, name: row.domain_name } : { id: row.domain_id } };
  }
  const domain = { id: row.project_domain_id, name: row.project_domain_name };
  return { project: names ? { id: row.project_id, name: row.project_name, domain } : { id: row.project_id } };
}
