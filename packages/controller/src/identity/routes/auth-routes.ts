import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { forbidden, IdentityError } from '../identity-error.ts';
import type { AssignmentRow } from '../mirrored-tables.ts';
import { DOMAIN } from '../resources/domain.ts';
import { PROJECT } from '../resources/project.ts';
import { collectionBody, resourceBody } from '../resources/resource-body.ts';
import type { ResourceKind, Row } from '../resources/resource-kind.ts';
import { tokenBody } from '../token-body.ts';
import type { TokenView } from '../token-view.ts';
import { noContent, queryParameter, type RouteTools, requireToken } from './route-tools.ts';

/** /v3/auth: logging in, checking and revoking tokens, and what a token gives access to. */
export function authRoutes(app: FastifyInstance, tools: RouteTools): void {
  const { service, base } = tools;

  function render(request: FastifyRequest, view: TokenView): object {
    const wanted = queryParameter(request, 'nocatalog') === undefined;
    return { token: tokenBody(view, wanted ? catalog(view) : undefined) };
  }

  function catalog({ claims }: TokenView) {
    return service.directory.catalog({ userId: claims.userId, projectId: claims.projectId });
  }

  /** The token a request is about, for an admin or for its own user; 404 when it is not valid. */
  async function requireSubject(request: FastifyRequest, action: string): Promise<{ token: string; view: TokenView }> {
    const { caller } = await requireToken(tools, request);
    const token = request.headers['x-subject-token'];
    if (typeof token !== 'string' || token === '') {
      throw caller.isAdmin ? new IdentityError(404, 'No token in the request') : forbidden(action);
    }
    const view = await service.inspect(token);
    if (view === undefined) throw new IdentityError(404, 'Failed to validate token');
    if (!caller.isAdmin && caller.userId !== view.user.id) throw forbidden(action);
    return { token, view };
  }

  app.post('/v3/auth/tokens', async (request, reply) => {
    const { token, view } = await service.issue(request.body);
    return reply.code(201).header('x-subject-token', token).send(render(request, view));
  });

  app.get('/v3/auth/tokens', async (request, reply) => {
    const action = request.method === 'HEAD' ? 'identity:check_token' : 'identity:validate_token';
    const { token, view } = await requireSubject(request, action);
    return reply.header('x-subject-token', token).send(render(request, view));
  });

  app.delete('/v3/auth/tokens', async (request, reply) => {
    const { view } = await requireSubject(request, 'identity:revoke_token');
    await service.revoke(view.claims);
    return noContent(reply);
  });

  app.get('/v3/auth/catalog', async (request) => {
    const view = await requireToken(tools, request);
    if (view.project === undefined) {
      throw new IdentityError(403, 'A project-scoped token is required to produce a service catalog.');
    }
    return { catalog: catalog(view), links: { self: `${base}/auth/catalog` } };
  });

  app.get('/v3/auth/projects', (request, reply) => listScopes(request, reply, { kind: PROJECT, column: 'project_id' }));
  app.get('/v3/auth/domains', (request, reply) => listScopes(request, reply, { kind: DOMAIN, column: 'domain_id' }));

  async function listScopes(
    request: FastifyRequest,
    reply: FastifyReply,
    { kind, column }: { kind: ResourceKind; column: keyof AssignmentRow },
  ): Promise<FastifyReply> {
    const { user } = await requireToken(tools, request);
    const rows = await service.store.query<Row>(
      `SELECT * FROM ${kind.table} WHERE enabled AND id IN
        (SELECT ${column} FROM identity_held_roles WHERE user_id = $1) ORDER BY id`,
      [user.id],
    );
    const members = rows.map((row) => resourceBody(kind, row, base));
    return reply.send(collectionBody(kind.many, members, tools.selfUrl(request)));
  }
}
