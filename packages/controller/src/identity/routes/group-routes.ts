import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Queryable } from '../../store/store.ts';
import { IdentityError, notFound } from '../identity-error.ts';
import { GROUP } from '../resources/group.ts';
import { collectionBody, resourceBody } from '../resources/resource-body.ts';
import type { Row } from '../resources/resource-kind.ts';
import { USER } from '../resources/user.ts';
import { noContent, pathParameter, type RouteTools, requireAdmin } from './route-tools.ts';

/** Who is in which group, and so has the roles that the group holds. */
export function groupRoutes(app: FastifyInstance, tools: RouteTools): void {
  const { service, base } = tools;
  const member = '/v3/groups/:group/users/:user';

  app.get('/v3/groups/:group/users', async (request) => {
    await requireAdmin(tools, request, { action: 'identity:list_users_in_group' });
    const { group } = await existing(request, service.store);
    const rows = await service.store.query<Row>(
      `SELECT u.* FROM identity_users u JOIN identity_group_members m ON m.user_id = u.id WHERE m.group_id = $1 ORDER BY u.id`,
      [group],
    );
    const users = rows.map((row) => resourceBody(USER, row, base));
    return collectionBody('users', users, tools.selfUrl(request));
  });

  app.get('/v3/users/:user/groups', async (request) => {
    const user = pathParameter(request, 'user');
    await requireAdmin(tools, request, {
      action: 'identity:list_groups_for_user',
      own: (view) => view.user.id === user,
    });
    await existing(request, service.store);
    const rows = await service.store.query<Row>(
      `SELECT g.* FROM identity_groups g JOIN identity_group_members m ON m.group_id = g.id WHERE m.user_id = $1 ORDER BY g.id`,
      [user],
    );
    const groups = rows.map((row) => resourceBody(GROUP, row, base));
    return collectionBody('groups', groups, tools.selfUrl(request));
  });

  app.get(member, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:check_user_in_group' });
    const { group, user } = await existing(request, service.store);
    const rows = await service.store.query('SELECT FROM identity_group_members WHERE group_id = $1 AND user_id = $2', [
      group,
      user,
    ]);
    if (rows.length === 0) throw notInGroup(user, group);
    return noContent(reply);
  });

  app.put(member, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:add_user_to_group' });
    await service.write(async (tx) => {
      const { group, user } = await existing(request, tx, ' FOR KEY SHARE');
      await tx.query('INSERT INTO identity_group_members (group_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        group,
        user,
      ]);
    });
    return noContent(reply);
  });

  app.delete(member, async (request, reply) => {
    await requireAdmin(tools, request, { action: 'identity:remove_user_from_group' });
    await service.write(async (tx) => {
      const { group, user } = await existing(request, tx, ' FOR KEY SHARE');
      const removed = await tx.query(
        'DELETE FROM identity_group_members WHERE group_id = $1 AND user_id = $2 RETURNING user_id',
        [group, user],
      );
      if (removed.length === 0) throw notInGroup(user, group);
    });
    return noContent(reply);
  });
}

/** The ids of the path; 404 for the first there is none of. */
async function existing(request: FastifyRequest, on: Queryable, lock: '' | ' FOR KEY SHARE' = '') {
  const ids = { group: pathParameter(request, 'group'), user: pathParameter(request, 'user') };
  for (const [{ one, table }, id] of [
    [GROUP, ids.group],
    [USER, ids.user],
  ] as const) {
    if (id === '') continue;
    const found = await on.query(`SELECT id FROM ${table} WHERE id = $1${lock}`, [id]);
    if (found.length === 0) throw notFound(one, id);
  }
  return ids;
}

function notInGroup(user: string, group: string): IdentityError {
  return new IdentityError(404, `User '${user}' not found in group '${group}'`);
}
