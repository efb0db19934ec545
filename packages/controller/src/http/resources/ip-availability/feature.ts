import { list } from '../../resource/list.ts';
import { parseListQuery } from '../../resource/list-query.ts';
import type { Built, Feature, Route } from '../feature.ts';
import { availabilities } from './availabilities.ts';

/** How many addresses networks have left. */
export const ipAvailabilityFeature: Feature = {
  extensions: [
    {
      name: 'Network IP Availability',
      alias: 'network-ip-availability',
      description: 'Provides IP availability data for each network and subnet.',
      updated: '2015-09-24T00:00:00-00:00',
    },
  ],
  resources: (base) => [availabilities(base)],
  routes: (base) => [listRoute(base)],
};

/** The list is apart: asked for one IP version, it counts only subnets of that one. */
function listRoute(base: Built): Route {
  const of = { '4': availabilities(base, 4), '6': availabilities(base, 6) } as const;
  const all = availabilities(base);
  return {
    method: 'GET',
    path: 'network-ip-availabilities',
    async run({ store, caller, query, baseUrl }) {
      const versions = new Set(query.getAll('ip_version'));
      const [only] = versions;
      const resource = versions.size === 1 && (only === '4' || only === '6') ? of[only] : all;
      const address = { url: `${baseUrl}/network-ip-availabilities`, query };
      return list(store, resource, { query: parseListQuery(resource, query, caller), address, caller });
    },
  };
}
