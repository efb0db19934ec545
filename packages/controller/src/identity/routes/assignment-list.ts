import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectionBody } from '../resources/resource-body.ts';
import { queryFlag, queryParameter, type RouteTools, requireAdmin } from './route-tools.ts';

/** A role held on a project or a domain: by a user, by a group, or (both are there) by a user who is in a group. */
interface AssignmentWithNames {
  readonly user_id: string | null;
  readonly user_name: string | null;
  readonly user_domain_id: string | null;
  readonly user_domain_name: string | null;
  readonly group_id: string | null;
  readonly group_name: string | null;
  readonly group_domain_id: string | null;
  readonly group_domain_name: string | null;
  readonly role_id: string;
  readonly role_name: string;
  readonly project_id: string | null;
  readonly project_name: string | null;
  readonly project_domain_id: string | null;
  readonly project_domain_name: string | null;
  readonly domain_id: string | null;
  readonly domain_name: string | null;
}

/** As they were given: to users and to groups. */
const GIVEN = `(SELECT user_id, NULL::text AS group_id, role_id, project_id, domain_id FROM identity_assignments
    UNION ALL SELECT NULL, group_id, role_id, project_id, domain_id FROM identity_group_assignments)`;

const SELECT = `
  SELECT a.user_id, u.name AS user_name, u.domain_id AS user_domain_id, ud.name AS user_domain_name,
         a.group_id, g.name AS group_name, g.domain_id AS group_domain_id, gd.name AS group_domain_name,
         a.role_id, r.name AS role_name,
         a.project_id, p.name AS project_name, p.domain_id AS project_domain_id, pd.name AS project_domain_name,
         a.domain_id, d.name AS domain_name`;
const NAMES = `
    LEFT JOIN identity_users u ON u.id = a.user_id
    LEFT JOIN identity_domains ud ON ud.id = u.domain_id
    LEFT JOIN identity_groups g ON g.id = a.group_id
    LEFT JOIN identity_domains gd ON gd.id = g.domain_id
    JOIN identity_roles r ON r.id = a.role_id
    LEFT JOIN identity_projects p ON p.id = a.project_id
    LEFT JOIN identity_domains pd ON pd.id = p.domain_id
    LEFT JOIN identity_domains d ON d.id = a.domain_id`;

const FILTERS: Readonly<Record<string, string>> = {
  'user.id': 'a.user_id',
  'group.id': 'a.group_id',
  'project.id': 'a.project_id',
  'scope.project.id': 'a.project_id',
  'scope.domain.id': 'a.domain_id',
};

/**
 * GET /v3/role_assignments; `effective` shows users in place of the groups they are in, and adds the roles that assigned ones imply;
 * `include_names` names beside ids.
 */
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
    // There is no system scope here, so nothing is assigned on it.
    if (queryParameter(request, 'scope.system')) return [];
    const conditions: string[] = [];
    const values: string[] = [];
    for (const [parameter, column] of Object.entries(FILTERS)) {
      const value = queryParameter(request, parameter);
      if (value === undefined) continue;
      values.push(value);
      conditions.push(`${column} = $${values.length}`);
    }
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const held = queryFlag(request, 'effective') ? 'identity_held_roles' : GIVEN;
    const order = 'a.user_id, a.group_id, a.project_id, a.domain_id, a.role_id';
    return service.store.query(`${SELECT} FROM ${held} a${NAMES}${where} ORDER BY ${order}`, values);
  }

  function withImplied({ role_id }: AssignmentWithNames) {
    return service.directory.rolesWithImplied([role_id]);
  }

  function body(row: AssignmentWithNames, role: { id: string; name: string }, names: boolean): object {
    const target = row.project_id === null ? `domains/${row.domain_id}` : `projects/${row.project_id}`;
    const holder = row.group_id === null ? `users/${row.user_id}` : `groups/${row.group_id}`;
    const byGroup = row.user_id !== null && row.group_id !== null;
    return {
      links: {
        assignment: `${base}/${target}/${holder}/roles/${row.role_id}`,
        ...(byGroup && { membership: `${base}/groups/${row.group_id}/users/${row.user_id}` }),
        ...(role.id !== row.role_id && { prior_role: `${base}/prior_role/${row.role_id}/implies/${role.id}` }),
      },
      scope: scopeBody(row, names),
      ...(row.user_id === null ? { group: holderBody('group', row, names) } : { user: holderBody('user', row, names) }),
      role: names ? { id: role.id, name: role.name } : { id: role.id },
    };
  }
}

function holderBody(kind: 'user' | 'group', row: AssignmentWithNames, names: boolean): object {
  const id = row[`${kind}_id`];
  const domain = { id: row[`${kind}_domain_id`], name: row[`${kind}_domain_name`] };
  return names ? { id, name: row[`${kind}_name`], domain } : { id };
}

function scopeBody(row: AssignmentWithNames, names: boolean): object {
  if (row.project_id === null) {
    return { domain: names ? { id: row.domain_id, name: row.domain_name } : { id: row.domain_id } };
  }
  const domain = { id: row.project_domain_id, name: row.project_domain_name };
  return { project: names ? { id: row.project_id, name: row.project_name, domain } : { id: row.project_id } };
}
