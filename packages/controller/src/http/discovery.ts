import type { Answer } from './answer.ts';
import type { Resource } from './resource/definition.ts';

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
      resources: resources.map(({ name, collection }) => ({
        name,
        collection,
        links: [{ rel: 'self', href: `${url}/v2.0/${collection}` }],
      })),
    },
  };
}
