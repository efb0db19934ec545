import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import type { Store } from '../store/store.ts';
import type { Decisions } from './access.ts';
import type { Caller } from './caller.ts';
import { listResources, listVersions } from './discovery.ts';
import { errorAnswer } from './error-answer.ts';
import { listExtensions, showExtension } from './extensions.ts';
import { readBody } from './read-body.ts';
import { asked, nothingThere, refuseBrokenPath } from './resource/asked.ts';
import { resourceRoutes } from './resource/routes.ts';
import type { NetworkingApi } from './resources/compose.ts';
import { networkingApi } from './resources/networking-resources.ts';
import { sendAnswer } from './send-answer.ts';
import { servedPath } from './served-path.ts';
import { type Authenticate, stages } from './stages.ts';

/** Routes of another part of the controller. Under "/v2.0" they pass the same stages as the resources, and have `request.caller`. */
export interface ServerPlugin {
  /** "/identity", "/v2.0/netloom" */
  readonly prefix: string;
  readonly routes: FastifyPluginAsync;
}

export interface ServerOptions {
  readonly store: Store;
  /** What /v2.0 serves; absent: everything with its usual settings. */
  readonly networking?: NetworkingApi;
  readonly authenticate: Authenticate;
  /** Decides who may do what; absent: the rules of access.ts. */
  readonly decisions?: Decisions;
  readonly log?: FastifyBaseLogger;
  /** How clients reach the server, "http://192.0.2.1:9696", for links in answers; absent: as each request reached it. */
  readonly publicUrl?: string;
  readonly plugins?: readonly ServerPlugin[];
}

const API = '/v2.0';
const REQUEST_TIMEOUT_MS = 120_000;
const LONGEST_PARAMETER = 4096;

/** The HTTP server of the controller, not yet listening. */
export function buildServer(options: ServerOptions): FastifyInstance {
  const { publicUrl, log, plugins = [], networking = networkingApi() } = options;
  const { resources, extensions, routes: ownRoutes } = networking;
  const toServed = servedPath(API, resources);
  const app = fastify({
    ...(log === undefined ? {} : { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: () => `req-${randomUUID()}`,
    rewriteUrl: ({ url = '/' }) => toServed(url),
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply),
  });
  const urlOf = (request: FastifyRequest) => publicUrl ?? `${request.protocol}://${request.host}`;

  app.decorateRequest('caller', null as unknown as Caller);
  app.setSerializerCompiler(() => JSON.stringify);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) => readBody(payload));
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((_request, reply) => sendPageNotFound(reply, ''));
  app.get('/', (request, reply) => sendAnswer(reply, listVersions(urlOf(request))));
  for (const { prefix, routes } of plugins) if (!isApi(prefix)) app.register(routes, { prefix });

  app.register(
    async (scope) => {
      const identityUrl = (request: FastifyRequest) => `${urlOf(request)}/identity`;
      for (const stage of stages({ ...options, identityUrl })) scope.addHook('onRequest', stage.run);
      scope.setNotFoundHandler(notFound);
      scope.get('/', { prefixTrailingSlash: 'slash' }, (request, reply) =>
        sendAnswer(reply, listResources(urlOf(request), resources)),
      );
      scope.get('/extensions', (_request, reply) => sendAnswer(reply, listExtensions(extensions)));
      scope.get<{ Params: { alias: string } }>('/extensions/:alias', (request, reply) => {
        const { alias } = request.params;
        const answer = showExtension(extensions, alias);
        return answer
          ? sendAnswer(reply, answer)
          : sendPageNotFound(reply, `Extension with alias ${escapeHtml(alias)} does not exist`);
      });
      const baseUrl = (request: FastifyRequest) => urlOf(request) + API;
      for (const resource of resources) resourceRoutes(scope, resource, { store: options.store, baseUrl });
      for (const route of ownRoutes) {
        const { method, path } = route;
        scope.route({
          method,
          url: `/${path}`,
          handler: async (request, reply) => {
            const question = asked(request);
            refuseBrokenPath(question);
            return sendAnswer(reply, await route.run({ ...question, store: options.store, baseUrl: baseUrl(request) }));
          },
        });
      }
      for (const { prefix, routes } of plugins) {
        if (isApi(prefix)) scope.register(routes, { prefix: prefix.slice(API.length) });
      }
    },
    { prefix: API },
  );
  return app;
}

function isApi(prefix: string): boolean {
  return prefix === API || prefix.startsWith(`${API}/`);
}

async function notFound(): Promise<never> {
  throw nothingThere();
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, body, ours } = errorAnswer(error);
  if (ours) request.log.error({ err: error, requestId: request.id, status }, 'request failed');
  return sendAnswer(reply, { status, body });
}

/** Outside the API, and for one of its answers, the field's server speaks HTML. */
function sendPageNotFound(reply: FastifyReply, detail: string): FastifyReply {
  const page = `<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  The resource could not be found.<br /><br />\n${detail}\n\n\n </body>\n</html>`;
  return reply.code(404).header('content-type', 'text/html; charset=UTF-8').send(page);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
