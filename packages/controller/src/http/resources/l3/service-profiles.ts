import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute, Resource, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import { bool, nullable, produced, text } from '../../resource/value-types.ts';
import { providerOfDriver } from './flavor-providers.ts';
import { serviceProfileNotFound } from './l3-errors.ts';

type ProfileValues = Values & { id: string; driver: string; metainfo: unknown; flavors: readonly string[] };

const LONGEST = 1024;

const ATTRIBUTES = {
  id: IDENTITY.id,
  description: { type: nullable(text(LONGEST)), create: true, update: true, default: '', filter: true, sort: true },
  driver: { type: text(LONGEST), create: true, update: true, default: '', filter: true, sort: true },
  // Whatever the driver makes of it.
  metainfo: { type: produced({}), create: true, update: true, default: '' },
  enabled: { type: bool, create: true, update: true, default: true, filter: true, sort: true },
  flavors: {
    type: produced({ type: 'array', items: { type: 'string', format: 'uuid' } }),
    column: null,
    select:
      'ARRAY(SELECT b.flavor_id::text FROM flavor_service_profiles b WHERE b.service_profile_id = t.id ORDER BY 1)',
  },
} as const satisfies Record<string, Attribute>;

/** What flavors are made of: a driver and its settings. */
export const serviceProfiles: Resource<ProfileValues> = {
  name: 'service_profile',
  collection: 'service_profiles',
  table: 'service_profiles',
  notFound: serviceProfileNotFound,
  access: { read: ADMIN_ONLY, create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
  attributes: ATTRIBUTES,
  conflicts: { flavor_service_profiles_profile_fkey: ({ values }) => inUse(String(values[0]?.['id'])) },
  rules: {
    async beforeCreate(items) {
      for (const { driver, metainfo } of items) {
        if (driver !== '') providerOfDriver(driver);
        else if (!metainfo) {
          throw new ApiError(400, 'ServiceProfileEmpty', 'Service Profile needs either a driver or metainfo.');
        }
      }
    },
    async beforeUpdate(old, { driver }) {
      if (driver) providerOfDriver(driver);
      if (old.flavors.length > 0) throw inUse(old.id);
    },
    beforeDelete: oneByOne(async ({ id, flavors }) => {
      if (flavors.length > 0) throw inUse(id);
    }),
  },
};

function inUse(id: string): ApiError {
  return new ApiError(409, 'ServiceProfileInUse', `Service Profile ${id} is used by some service instance.`);
}
