import type { FastifyInstance } from 'fastify';
import { expecting, notFound } from '../identity-error.ts';
import { isObject, optionalObject, optionalString } from '../json-input.ts';
import { PROJECT } from '../resources/project.ts';
import { collectionBody, resourceBody } from '../resources/resource-body.ts';
import type { Row } from '../resources/resource-kind.ts';
import { noContent, pathParameter, type RouteTools, requireAdmin } from './route-tools.ts';

/** What a user may do with his own account: see its projects, change its password. */
export function userRoutes(app: FastifyInstance, tools: RouteTools): void {
  const { service, base } = tools;

  app.get('/v3/users/:id/projects', async (request) => {
    const id = pathParameter(request, 'id');
    await requireAdmin(tools, request, {
      action: 'identity:list_user_projects',
      own: ({ user }) => user.id === id,
    });
    const user = await service.store.query('SELECT id FROM identity_users WHERE id = $1', [id]);
    if (user.length === 0) throw notFound('user', id);
    const rows = await service.store.query<Row>(
      `SELECT * FROM identity_projects WHERE id IN
        (SELECT project_id FROM identity_held_roles WHERE user_id = $1) ORDER BY id`,
      [id],
    );
    const members = rows.map((row) => resourceBody(PROJECT, row, base));
    return collectionBody('projects', members, tools.selfUrl(request));
  });

  /** Needs no token: the old password proves more than one would. */
  app.post('/v3/users/:id/password', async (request, reply) => {
    const user = isObject(request.body) ? optionalObject(request.body, 'user', 'body') : undefined;
    if (user === undefined) throw expecting('user', 'request body');
    const original = optionalString(user, 'original_password', 'user');
    if (original === undefined) throw expecting('original_password', 'user');
    const password = optionalString(user, 'password', 'user');
    if (password === undefined || password === '') throw expecting('password', 'user');
    await service.changePassword({ userId: pathParameter(request, 'id'), original, password });
    return noContent(reply);
  });
}
