import type { NetworkingApi } from '../resources/compose.ts';
import { openPath, resourcePaths, withParameters } from './resource-paths.ts';
import { resourceSchemas, type Schema, schemaName } from './resource-schemas.ts';

/** The OpenAPI 3.1 description of /v2.0, made of the definitions that serve it. `url`: "http://host:9696/v2.0". */
export function openApi({ resources, routes }: NetworkingApi, url: string): Schema {
  const own = Map.groupBy(routes, ({ path }) => path);
  return {
    openapi: '3.1.0',
    info: {
      title: 'OpenStack Networking v2.0, as netloom serves it',
      version: '2.0',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    security: [{ token: [] }],
    tags: resources.map((resource) => ({ name: schemaName(resource) })),
    paths: Object.assign(
      {},
      ...resources.map(resourcePaths),
      ...[...own].map(([path, methods]) =>
        withParameters(
          openPath(path),
          Object.fromEntries(methods.map(({ method }) => [method.toLowerCase(), free(path, method)])),
        ),
      ),
    ) as Schema,
    components: {
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } },
      schemas: Object.assign(
        { NeutronError: NEUTRON_ERROR, PageLinks: PAGE_LINKS },
        ...resources.map(resourceSchemas),
      ) as Schema,
      responses: {
        Error: {
          description: 'What is wrong with the request.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/NeutronError' } } },
        },
      },
    },
  };
}

/** A path that is no resource's. */
function free(path: string, method: string): Schema {
  const schema = { type: 'object' };
  const words = path.replaceAll(/[^a-z0-9]+/gi, '_');
  return {
    operationId: `${method.toLowerCase()}_${words}`,
    ...(method !== 'GET' && method !== 'DELETE' && { requestBody: { content: { 'application/json': { schema } } } }),
    responses: {
      '2XX': { description: 'Done.', content: { 'application/json': { schema } } },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

const NEUTRON_ERROR: Schema = {
  type: 'object',
  properties: {
    NeutronError: {
      type: 'object',
      properties: { type: { type: 'string' }, message: { type: 'string' }, detail: { type: 'string' } },
      required: ['type', 'message', 'detail'],
    },
  },
  required: ['NeutronError'],
};

const PAGE_LINKS: Schema = {
  type: 'array',
  items: {
    type: 'object',
    properties: { rel: { type: 'string', enum: ['next', 'previous'] }, href: { type: 'string', format: 'uri' } },
    required: ['rel', 'href'],
  },
};
