import type { FastifyInstance } from 'fastify';
import type { RouteTools } from './route-tools.ts';

/** Which versions there are; clients ask this before anything else, and need no token for it. */
export function discoveryRoutes(app: FastifyInstance, { base }: RouteTools): void {
  const version = {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${base}/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  };
  app.get('/', (_, reply) =>
    reply
      .code(300)
      .header('location', `${base}/`)
      .send({ versions: { values: [version] } }),
  );
  for (const path of ['/v3', '/v3/']) app.get(path, () => ({ version }));
}
