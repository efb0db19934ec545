import { ApiError } from '../../api-error.ts';
import type { Resource, Values } from '../../resource/definition.ts';
import { IDENTITY, SHARED } from '../../resource/standard-attributes.ts';
import { choice } from '../../resource/value-types.ts';

/** Pools of one address scope have no address in common, so networks in it can be routed to each other without translation. */
export const addressScopes: Resource = {
  name: 'address_scope',
  collection: 'address_scopes',
  path: 'address-scopes',
  table: 'address_scopes',
  rbac: 'address_scope',
  notFound: (id) => new ApiError(404, 'AddressScopeNotFound', `Address scope ${id} could not be found.`),
  access: { read: ['owner', 'shared'], create: ['owner'], update: ['owner'], delete: ['owner'] },
  attributes: {
    ...IDENTITY,
    ip_version: { type: choice(4, 6), create: true, required: true, filter: true, sort: true },
    shared: SHARED,
  },
  conflicts: {
    subnetpools_address_scope_id_fkey: ({ key }) =>
      new ApiError(
        409,
        'AddressScopeInUse',
        `Unable to complete operation on address scope ${key[0]}. There are one or more subnet pools in use on the address scope.`,
      ),
  },
  rules: {
    async beforeUpdate(old: Values, changes: Values) {
      const shared = old['shared'];
      if (changes['shared'] !== false || !Array.isArray(shared) || !shared.includes('*')) return;
      throw new ApiError(
        400,
        'AddressScopeUpdateError',
        `Unable to update address scope ${String(old['id'])} : Shared address scope can't be unshared.`,
      );
    },
  },
};
