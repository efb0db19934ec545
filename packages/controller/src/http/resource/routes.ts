import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Store } from '../../store/store.ts';
import type { Answer } from '../answer.ts';
import { ApiError } from '../api-error.ts';
import type { Caller } from '../caller.ts';
import { sendAnswer } from '../send-answer.ts';
import { create } from './create.ts';
import type { Resource } from './definition.ts';
import { list } from './list.ts';
import { fieldsOf, parseListQuery } from './list-query.ts';
import { remove } from './remove.ts';
import { unwrap } from './request-body.ts';
import { show } from './show.ts';
import { tagsOf } from './tags.ts';
import { update } from './update.ts';
import { checkChanges, checkNew } from './validate.ts';

/** A request to one resource, as far as the operations need it. */
interface Asked {
  readonly caller: Caller;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly id: string;
  readonly tag: string;
  readonly ifMatch: number | undefined;
}

type Operation = (asked: Asked) => Promise<Answer>;

/**
 * Registers the routes of a resource under the scope's prefix. Each operation checks the request, then asks http/access.ts where it
 * knows the object, then acts. `baseUrl` is the public URL of the scope, "http://host:9696/v2.0".
 */
export function resourceRoutes(
  scope: FastifyInstance,
  resource: Resource,
  { store, baseUrl }: { store: Store; baseUrl: (request: FastifyRequest) => string },
): void {
  const collection = `/${resource.collection}`;
  const member = `${collection}/:id`;
  const on = (method: string, url: string, operation: (request: FastifyRequest) => Operation) =>
    scope.route({
      method,
      url,
      handler: async (request, reply) => sendAnswer(reply, await operation(request)(asked(request))),
    });

  on('GET', collection, (request) => ({ caller, query }) => {
    const address = { url: baseUrl(request) + collection, query };
    return list(store, resource, { query: parseListQuery(resource, query, caller), address, caller });
  });
  on('POST', collection, () => async ({ body, caller }) => {
    const { objects, bulk } = unwrap(resource, body, { bulk: true });
    return create(store, resource, {
      objects: objects.map((object) => checkNew(resource, object, caller)),
      bulk,
      caller,
    });
  });
  on(
    'GET',
    member,
    () =>
      ({ id, query, caller }) =>
        show(store, resource, { id, fields: fieldsOf(query), caller }),
  );
  on('PUT', member, () => async ({ id, body, caller, ifMatch }) => {
    const [object = {}] = unwrap(resource, body, { bulk: false }).objects;
    return update(store, resource, { id, changes: checkChanges(resource, object), caller, ifMatch });
  });
  on(
    'DELETE',
    member,
    () =>
      ({ id, caller, ifMatch }) =>
        remove(store, resource, { id, caller, ifMatch }),
  );

  for (const method of ['PUT', 'DELETE']) on(method, collection, () => () => Promise.reject(resource.notFound('None')));
  for (const url of [collection, member]) scope.route({ method: 'PATCH', url, handler: notAllowed });
  scope.route({ method: 'POST', url: member, handler: notAllowed });

  if (resource.attributes['tags'] === undefined) return;
  const tags = tagsOf(store, resource);
  on('GET', `${member}/tags`, () => (target) => tags.list(target));
  on('PUT', `${member}/tags`, () => (target) => tags.replace(target, target.body));
  on('DELETE', `${member}/tags`, () => (target) => tags.removeAll(target));
  on('GET', `${member}/tags/:tag`, () => (target) => tags.has(target, target.tag));
  on('PUT', `${member}/tags/:tag`, () => (target) => tags.add(target, target.tag));
  on('DELETE', `${member}/tags/:tag`, () => (target) => tags.remove(target, target.tag));
}

function asked(request: FastifyRequest): Asked {
  const { id = '', tag = '' } = request.params as { id?: string; tag?: string };
  const question = request.url.indexOf('?');
  return {
    caller: request.caller,
    query: new URLSearchParams(question < 0 ? '' : request.url.slice(question + 1)),
    body: request.body,
    id,
    tag,
    ifMatch: revisionOf(request.headers['if-match']),
  };
}

/** "revision_number=3"; anything else asks for nothing. */
function revisionOf(header: string | undefined): number | undefined {
  const number = /^revision_number=(\d{1,9})$/.exec(header ?? '')?.[1];
  return number === undefined ? undefined : Number(number);
}

export function notAllowed(_request: FastifyRequest, _reply: FastifyReply): Promise<never> {
  return Promise.reject(
    new ApiError(
      405,
      'HTTPMethodNotAllowed',
      'The server could not comply with the request since it is either malformed or otherwise incorrect.',
    ),
  );
}
