import { ADMIN_ONLY, type Conditions } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute, MemberAction, Resource, Values } from '../../resource/definition.ts';
import { pythonText } from '../../resource/python-text.ts';
import { badRequest } from '../../resource/request-body.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import {
  bool,
  canonicalUuid,
  InvalidValue,
  isObject,
  nullable,
  text,
  uuid,
  type ValueType,
} from '../../resource/value-types.ts';
import { driverOfFlavor, providerOfDriver } from './flavor-providers.ts';
import { flavorNotFound, profileNotBound, serviceProfileNotFound } from './l3-errors.ts';

const EVERYONE: Conditions = ['shared'];
const LONGEST_DESCRIPTION = 1024;

/** Services that can have flavors. */
const SERVICE_TYPES = ['L3_ROUTER_NAT'];

const serviceType: ValueType<string> = {
  schema: { enum: SERVICE_TYPES },
  sql: 'text',
  parse(value) {
    if (typeof value === 'string' && SERVICE_TYPES.includes(value)) return value;
    throw new ApiError(400, 'InvalidServiceType', `Invalid service type: ${pythonText(value)}.`);
  },
  fromText: (value) => value,
};

/** Given and checked, but kept nowhere: profiles are bound one by one. */
const profileIds: ValueType<readonly string[]> = {
  schema: { type: 'array', items: { type: 'string', format: 'uuid' }, uniqueItems: true },
  sql: 'jsonb',
  parse(value) {
    if (!Array.isArray(value)) throw new InvalidValue(`'${pythonText(value)}' is not a list`);
    return value.map((id) => uuid.parse(id));
  },
  fromText: () => undefined,
};

const ATTRIBUTES = {
  id: IDENTITY.id,
  name: IDENTITY.name,
  description: {
    type: nullable(text(LONGEST_DESCRIPTION)),
    create: true,
    update: true,
    default: '',
    filter: true,
    sort: true,
  },
  service_type: { type: serviceType, create: true, required: true, filter: true, sort: true },
  service_profiles: {
    type: profileIds,
    create: true,
    update: true,
    column: null,
    select: `ARRAY(SELECT b.service_profile_id::text FROM flavor_service_profiles b WHERE b.flavor_id = t.id ORDER BY b.bound_at, 1)`,
  },
  enabled: { type: bool, create: true, update: true, default: true, filter: true, sort: true },
} as const satisfies Record<string, Attribute>;

const PROFILES: readonly MemberAction[] = [
  {
    method: 'POST',
    path: 'service_profiles',
    rule: 'create_flavor_service_profile',
    conditions: ADMIN_ONLY,
    status: 201,
    async run({ object, body }, { tx }) {
      const profileId = wantedProfile(body);
      await tx.query('INSERT INTO flavor_service_profiles (flavor_id, service_profile_id) VALUES ($1, $2)', [
        object['id'],
        profileId,
      ]);
      const bound = [...(object['service_profiles'] as readonly string[]), profileId];
      const { id, name, description, service_type, enabled } = object;
      return { service_profile: { id, name, description, service_type, enabled, service_profiles: bound } };
    },
  },
  {
    method: 'DELETE',
    path: 'service_profiles/:profile_id',
    rule: 'delete_flavor_service_profile',
    conditions: ADMIN_ONLY,
    async run({ object, params: { profile_id: profileId = '' } }, { tx }) {
      const gone = await tx.query(
        'DELETE FROM flavor_service_profiles WHERE flavor_id = $1 AND service_profile_id = $2 RETURNING 1',
        [object['id'], canonicalUuid(profileId) ?? null],
      );
      if (gone.length === 0) throw profileNotBound(profileId, String(object['id']));
      return undefined;
    },
  },
  {
    method: 'GET',
    path: 'next_providers',
    rule: 'get_flavor_next_provider',
    conditions: ADMIN_ONLY,
    async run({ object }, { tx }) {
      const driver = await driverOfFlavor(tx, String(object['id']));
      return { next_providers: [{ driver, provider: providerOfDriver(driver) }] };
    },
  },
];

function wantedProfile(body: unknown): string {
  const wanted = isObject(body) ? body['service_profile'] : undefined;
  if (!isObject(wanted)) throw badRequest("Unable to find 'service_profile' in request body");
  const { id } = wanted;
  if (id === undefined) throw badRequest("Failed to parse request. Required attribute 'id' not specified");
  const known = typeof id === 'string' ? canonicalUuid(id) : undefined;
  if (known === undefined) {
    throw badRequest(`Invalid input for id. Reason: '${pythonText(id)}' is not a valid UUID.`);
  }
  return known;
}

/** Kinds of router to choose from. */
export const flavors: Resource<Values> = {
  name: 'flavor',
  collection: 'flavors',
  table: 'flavors',
  notFound: flavorNotFound,
  access: { read: EVERYONE, create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
  facts: { sharedWith: `'{*}'::text[]` },
  attributes: ATTRIBUTES,
  actions: PROFILES,
  conflicts: {
    routers_flavor_fkey: ({ values }) => {
      const id = String(values[0]?.['id']);
      return new ApiError(409, 'FlavorInUse', `Flavor ${id} is used by some service instance.`);
    },
    flavor_service_profiles_pkey: ({ key: [flavorId = '', profileId = ''] }) =>
      new ApiError(
        409,
        'FlavorServiceProfileBindingExists',
        `Service Profile ${profileId} is already associated with flavor ${flavorId}.`,
      ),
    flavor_service_profiles_profile_fkey: ({ key: [id = ''] }) => serviceProfileNotFound(id),
  },
};
