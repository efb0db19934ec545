import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Store } from '../../store/store.ts';
import type { Answer } from '../answer.ts';
import { ApiError } from '../api-error.ts';
import { sendAnswer } from '../send-answer.ts';
import { type Asked, asked, refuseBrokenPath } from './asked.ts';
import { creator } from './create.ts';
import { can, type OperationName, pathOf, type Resource } from './definition.ts';
import { list } from './list.ts';
import { fieldsOf, parseListQuery } from './list-query.ts';
import { act } from './member-action.ts';
import { remover } from './remove.ts';
import { unwrap } from './request-body.ts';
import { show } from './show.ts';
import { tagsOf } from './tags.ts';
import { updater } from './update.ts';
import { type Checked, checkChanges, checkNew } from './validate.ts';

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
  const collection = `/${pathOf(resource)}`;
  const member = `${collection}/:id`;
  const on = (method: string, url: string, operation: (request: FastifyRequest) => Operation) =>
    scope.route({
      method,
      url,
      handler: async (request, reply) => sendAnswer(reply, await operation(request)(asked(request))),
    });
  const offer = (name: OperationName, method: string, operation: (request: FastifyRequest) => Operation) => {
    if (can(resource, name)) on(method, name === 'list' || name === 'create' ? collection : member, operation);
  };

  offer('list', 'GET', (request) => ({ caller, query, parentId }) => {
    const path = pathOf(resource).replace(':parent_id', parentId ?? '');
    const address = { url: `${baseUrl(request)}/${path}`, query };
    return list(store, resource, { query: parseListQuery(resource, query, caller), address, caller, parentId });
  });
  const create = creator(store, resource);
  offer('create', 'POST', () => async ({ body, caller, parentId }) => {
    const { objects, bulk } = unwrap(resource, body, { bulk: true });
    const checked = objects.map((object) => underParent(resource, checkNew(resource, object, caller), parentId));
    return create({ objects: checked, bulk, caller });
  });
  offer(
    'show',
    'GET',
    () =>
      ({ id, parentId, query, caller }) =>
        show(store, resource, { id, parentId, fields: fieldsOf(query), caller }),
  );
  const update = updater(store, resource);
  offer('update', 'PUT', () => async ({ id, parentId, body, caller, ifMatch }) => {
    const [object = {}] = unwrap(resource, body, { bulk: false }).objects;
    return update({ id, parentId, changes: checkChanges(resource, object), caller, ifMatch });
  });
  const remove = remover(store, resource);
  offer(
    'delete',
    'DELETE',
    () =>
      ({ id, parentId, caller, ifMatch }) =>
        remove({ id, parentId, caller, ifMatch }),
  );
  for (const action of resource.actions ?? []) {
    on(action.method, `${member}/${action.path}`, () => (question) => {
      const { id, caller, body, params, query } = question;
      refuseBrokenPath(question);
      return act(store, resource, { action, id, caller, body, params, query });
    });
  }

  if (can(resource, 'update')) on('PUT', collection, () => () => Promise.reject(resource.notFound('None')));
  if (can(resource, 'delete')) on('DELETE', collection, () => () => Promise.reject(resource.notFound('None')));
  for (const url of [collection, member]) scope.route({ method: 'PATCH', url, handler: notAllowed });
  scope.route({ method: 'POST', url: member, handler: notAllowed });

  if (resource.attributes['tags'] === undefined) return;
  const tags = tagsOf(store, resource);
  for (const path of [`${member}/tags`, ...(resource.tagsPath ? [`/${resource.tagsPath}/:id/tags`] : [])]) {
    on('GET', path, () => (target) => tags.list(target));
    on('PUT', path, () => (target) => tags.replace(target, target.body));
    on('DELETE', path, () => (target) => tags.removeAll(target));
    on('GET', `${path}/:tag`, () => (target) => tags.has(target, target.tag));
    on('PUT', `${path}/:tag`, () => (target) => tags.add(target, target.tag));
    on('DELETE', `${path}/:tag`, () => (target) => tags.remove(target, target.tag));
  }
}

/** The path says whose child a new object is. */
function underParent({ parent }: Resource, object: Checked, parentId: string | undefined): Checked {
  if (parent === undefined || parentId === undefined) return object;
  return { ...object, values: { ...object.values, [parent.attribute]: parentId } };
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
