import type { Answer } from './answer.ts';
import { pathOf, type Resource } from './resource/definition.ts';

/** The API versions at `url`, "http://host:9696"; needs no token. */
export function listVersions(url: string): Answer {
  const links = [{ rel: 'self', href: `${url}/v2.0/` }];
  return { status: 200, body: { versions: [{ id: 'v2.0', status: 'CURRENT', links }] } };
}

/** The resources of /v2.0. */
export function listResources(url: string, resources: readonly Resource[]): Answer {
  return {
    status: 200,
    body: {
      resources: resources
        .filter(({ parent }) => parent === undefined)
        .map((resource) => ({
          name: resource.name,
          collection: resource.collection,
          links: [{ rel: 'self', href: `${url}/v2.0/${pathOf(resource)}` }],
        })),
    },
  };
}
