import type { Conditions } from '../access.ts';
import { can, type MemberAction, pathOf, policyName, type Resource } from '../resource/definition.ts';
import { accessSentence } from './access-text.ts';
import { FIELDS, listParameters } from './list-parameters.ts';
import { type Schema, schemaName, schemaOf } from './resource-schemas.ts';

/** The path items of a resource, by path under /v2.0. */
export function resourcePaths(resource: Resource): Record<string, Schema> {
  const path = openPath(pathOf(resource));
  const member = `${path}/{id}`;
  return {
    ...withParameters(path, collectionItem(resource)),
    ...withParameters(member, memberItem(resource)),
    ...tagPaths(resource, member),
    ...actionPaths(resource, member),
  };
}

function collectionItem(resource: Resource): Schema {
  const { name, collection, access } = resource;
  const list = {
    type: 'object',
    properties: {
      [collection]: { type: 'array', items: schemaOf(resource, '') },
      [`${collection}_links`]: { $ref: '#/components/schemas/PageLinks' },
    },
  };
  const wanted = schemaOf(resource, 'Create');
  const body = { anyOf: [wrapped(name, wanted), wrapped(collection, { type: 'array', items: wanted })] };
  return {
    ...(can(resource, 'list') && {
      get: operation(resource, 'list', access.read, { parameters: listParameters(resource), answer: ['200', list] }),
    }),
    ...(can(resource, 'create') && {
      post: operation(resource, 'create', access.create, {
        body,
        answer: ['201', { anyOf: [shown(resource), list] }],
      }),
    }),
  };
}

function memberItem(resource: Resource): Schema {
  const { name, access } = resource;
  return {
    ...(can(resource, 'show') && {
      get: operation(resource, 'show', access.read, { parameters: [FIELDS], answer: ['200', shown(resource)] }),
    }),
    ...(can(resource, 'update') && {
      put: operation(resource, 'update', access.update, {
        parameters: [IF_MATCH],
        body: wrapped(name, schemaOf(resource, 'Update')),
        answer: ['200', shown(resource)],
      }),
    }),
    ...(can(resource, 'delete') && {
      delete: operation(resource, 'delete', access.delete, { parameters: [IF_MATCH], answer: ['204', undefined] }),
    }),
  };
}

function tagPaths(resource: Resource, member: string): Record<string, Schema> {
  const { access, attributes } = resource;
  if (attributes['tags'] === undefined) return {};
  const tags = wrapped('tags', attributes['tags'].type.schema);
  return {
    ...withParameters(`${member}/tags`, {
      get: operation(resource, 'list_tags', access.read, { answer: ['200', tags] }),
      put: operation(resource, 'replace_tags', access.update, { body: tags, answer: ['200', tags] }),
      delete: operation(resource, 'remove_tags', access.update, { answer: ['204', undefined] }),
    }),
    ...withParameters(`${member}/tags/{tag}`, {
      get: operation(resource, 'check_tag', access.read, { answer: ['204', undefined] }),
      put: operation(resource, 'add_tag', access.update, { answer: ['201', undefined] }),
      delete: operation(resource, 'remove_tag', access.update, { answer: ['204', undefined] }),
    }),
  };
}

function actionPaths(resource: Resource, member: string): Record<string, Schema> {
  const actions = Map.groupBy(resource.actions ?? [], ({ path }) => path);
  return Object.fromEntries(
    [...actions].flatMap(([path, methods]) => {
      const item = Object.fromEntries(
        methods.map((action) => [action.method.toLowerCase(), actionOf(resource, action)]),
      );
      return Object.entries(withParameters(`${member}/${openPath(path).slice(1)}`, item));
    }),
  );
}

function actionOf(resource: Resource, { path, method, conditions, status }: MemberAction): Schema {
  const free = { type: 'object' };
  return operation(resource, `${method.toLowerCase()}_${path.replaceAll(/[^a-z0-9]+/g, '_')}`, conditions, {
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: free }),
    answer: [String(status ?? (method === 'DELETE' ? 204 : 200)), method === 'DELETE' ? undefined : free],
  });
}

interface Parts {
  readonly parameters?: readonly Schema[];
  readonly body?: Schema;
  /** Status, and what its body is. */
  readonly answer: readonly [string, Schema | undefined];
}

function operation(resource: Resource, what: string, conditions: Conditions, parts: Parts): Schema {
  const [status, answer] = parts.answer;
  return {
    operationId: `${policyName(resource)}_${what}`,
    tags: [schemaName(resource)],
    description: accessSentence(conditions),
    ...(parts.parameters && { parameters: parts.parameters }),
    ...(parts.body && { requestBody: { content: { 'application/json': { schema: parts.body } } } }),
    responses: {
      [status]: {
        description: 'Done.',
        ...(answer && { content: { 'application/json': { schema: answer } } }),
      },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

const IF_MATCH: Schema = {
  name: 'If-Match',
  in: 'header',
  description: '"revision_number=N": only if the object is still at this revision.',
  schema: { type: 'string' },
};

function shown(resource: Resource): Schema {
  return wrapped(resource.name, schemaOf(resource, ''));
}

function wrapped(name: string, schema: Schema): Schema {
  return { type: 'object', properties: { [name]: schema }, required: [name] };
}

/** "floatingips/:parent_id/port_forwardings" -> "/floatingips/{parent_id}/port_forwardings" */
export function openPath(path: string): string {
  return `/${path.replace(/:([a-z_]+)/g, '{$1}')}`;
}

/** A path item that says which parameters its path has. */
export function withParameters(path: string, item: Schema): Record<string, Schema> {
  const names = [...path.matchAll(/\{([a-z_]+)\}/g)].map((match) => match[1]);
  const parameters = names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  if (Object.keys(item).length === 0) return {};
  return { [path]: { ...(parameters.length > 0 && { parameters }), ...item } };
}
