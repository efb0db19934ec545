import { randomUUID } from 'node:crypto';
import { CodedError } from '@netloom/core/errors/coded-error';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { expecting, IdentityError } from './identity-error.ts';
import { isObject, isStorable } from './json-input.ts';
import { DOMAIN } from './resources/domain.ts';
import { ENDPOINT } from './resources/endpoint.ts';
import { GROUP } from './resources/group.ts';
import { PROJECT } from './resources/project.ts';
import { REGION } from './resources/region.ts';
import { ROLE } from './resources/role.ts';
import { SERVICE } from './resources/service.ts';
import { USER } from './resources/user.ts';
import { applicationCredentialRoutes } from './routes/application-credential-routes.ts';
import { assignmentListRoute } from './routes/assignment-list.ts';
import { authRoutes } from './routes/auth-routes.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { grantRoutes } from './routes/grant-routes.ts';
import { groupRoutes } from './routes/group-routes.ts';
import { impliedRoleRoutes } from './routes/implied-role-routes.ts';
import { limitRoutes } from './routes/limit-routes.ts';
import { registeredLimitRoutes } from './routes/registered-limit-routes.ts';
import { resourceRoutes } from './routes/resource-routes.ts';
import type { RouteTools } from './routes/route-tools.ts';
import { userRoutes } from './routes/user-routes.ts';
import type { IdentityService } from './service.ts';

/** Largest body, in bytes; Keystone's own limit. */
const BODY_LIMIT = 114_688;

/**
 * Identity v3 as a Fastify plugin, to be registered under the prefix "/identity":
 * `app.register(identityRoutes({ service, publicUrl }), { prefix: '/identity' })`. `publicUrl` is the controller's address
 * as clients reach it, as "http://192.0.2.1:9696", without a slash at the end.
 */
export function identityRoutes(options: { service: IdentityService; publicUrl: string }) {
  const { service, publicUrl } = options;
  const tools: RouteTools = {
    service,
    base: `${publicUrl}/identity/v3`,
    selfUrl: (request) => publicUrl + request.url,
  };

  return async (app: FastifyInstance): Promise<void> => {
    parseBodiesAsJson(app);
    app.addHook('onRequest', addCommonHeaders);
    app.addHook('preHandler', refuseUnstorable);
    app.setErrorHandler((error, request, reply) => sendError(toIdentityError(error, request), reply, tools.base));
    app.setNotFoundHandler((_, reply) => {
      const text =
        'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.';
      return sendError(new IdentityError(404, text), reply, tools.base);
    });
    discoveryRoutes(app, tools);
    authRoutes(app, tools);
    resourceRoutes(app, tools, { kind: DOMAIN, mayRead: ({ userDomain }, id) => userDomain.id === id });
    resourceRoutes(app, tools, { kind: PROJECT, mayRead: ({ caller }, id) => caller.projectId === id });
    resourceRoutes(app, tools, { kind: USER, mayRead: ({ user }, id) => user.id === id });
    for (const kind of [ROLE, SERVICE, ENDPOINT, REGION, GROUP]) resourceRoutes(app, tools, { kind });
    userRoutes(app, tools);
    grantRoutes(app, tools);
    assignmentListRoute(app, tools);
    impliedRoleRoutes(app, tools);
    groupRoutes(app, tools);
    applicationCredentialRoutes(app, tools);
    registeredLimitRoutes(app, tools);
    limitRoutes(app, tools);
  };
}

async function addCommonHeaders(_: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (!reply.hasHeader('x-openstack-request-id')) reply.header('x-openstack-request-id', `req-${randomUUID()}`);
  reply.header('vary', 'X-Auth-Token');
}

/** An empty body is no body, whatever type it claims; any other has to be a JSON object. */
function parseBodiesAsJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    async (request: FastifyRequest, bytes: Buffer) => {
      if (bytes.length === 0) return undefined;
      const type = request.headers['content-type'] ?? '';
      if (type !== '' && !/^application\/([\w.-]+\+)?json\b/i.test(type)) {
        throw expecting('application/json', 'Content-Type header');
      }
      const body = readJson(bytes);
      if (!isObject(body)) throw expecting('valid JSON', 'request body');
      return body;
    },
  );
}

function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw expecting('valid JSON', 'request body');
  }
}

async function refuseUnstorable(request: FastifyRequest): Promise<void> {
  if (isStorable(request.body) && isStorable(request.params) && isStorable(request.query)) return;
  throw new IdentityError(400, 'The request holds characters that cannot be stored, or is nested too deeply.');
}

/** Fastify's own errors keep their status (413 for a large body); all else unforeseen is a 500 that tells nothing. */
function toIdentityError(error: unknown, request: FastifyRequest): IdentityError {
  if (error instanceof IdentityError) return error;
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new IdentityError(status, (error as Error).message, error);
  }
  if (error instanceof CodedError && error.status === 503) return new IdentityError(503, error.message, error);
  request.log.error(error);
  return new IdentityError(500, 'An unexpected error prevented the server from fulfilling your request.', error);
}

function sendError(error: IdentityError, reply: FastifyReply, base: string): FastifyReply {
  if (error.status === 401) reply.header('www-authenticate', `Keystone uri="${base}"`);
  return reply.code(error.status).send(error.body);
}
