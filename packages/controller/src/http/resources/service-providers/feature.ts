import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Resource } from '../../resource/definition.ts';
import { bool, text } from '../../resource/value-types.ts';
import type { Feature } from '../feature.ts';
import { PROVIDERS } from '../l3/flavor-providers.ts';

/** Kinds of routers, each a provider of the service L3_ROUTER_NAT, in the order in which they are listed. */
const ROWS = Object.keys(PROVIDERS)
  .map((name, place) => `('${place}', 'L3_ROUTER_NAT', '${name}', false)`)
  .join(', ');

/** Who provides which service. */
export const serviceProvidersFeature: Feature = {
  extensions: [
    {
      name: 'Neutron Service Type Management',
      alias: 'service-type',
      description: 'API for retrieving service providers for Neutron advanced services',
      updated: '2013-01-20T00:00:00-00:00',
    },
  ],
  resources: () => [serviceProviders],
};

const serviceProviders: Resource = {
  name: 'service_provider',
  collection: 'service_providers',
  path: 'service-providers',
  table: `(SELECT * FROM (VALUES ${ROWS}) AS v (id, service_type, name, "default"))`,
  operations: ['list'],
  notFound: (id) => new ApiError(404, 'HTTPNotFound', `Service provider ${id} could not be found.`),
  access: { read: ['shared'], create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
  facts: { sharedWith: `'{*}'::text[]` },
  attributes: {
    id: { type: text(), seen: 'never' },
    service_type: { type: text(), filter: true },
    name: { type: text(), filter: true },
    default: { type: bool, filter: true },
  },
};
