import type { Attribute } from '../../resource/definition.ts';
import { text } from '../../resource/value-types.ts';
import type { Feature } from '../feature.ts';
import { addressScopes } from './address-scopes.ts';
import { subnetPools } from './subnet-pools.ts';

/** Subnets whose prefixes come from pools, and scopes in which the addresses of pools are unique. */
export const subnetPoolsFeature: Feature = {
  extensions: [
    {
      name: 'Address scope',
      alias: 'address-scope',
      description: 'Address scopes extension.',
      updated: '2015-07-26T10:00:00-00:00',
    },
    {
      name: 'Default Subnetpools',
      alias: 'default-subnetpools',
      description: 'Provides ability to mark and use a subnetpool as the default.',
      updated: '2016-02-18T18:00:00-00:00',
    },
    {
      name: 'Subnet Allocation',
      alias: 'subnet_allocation',
      description: 'Enables allocation of subnets from a subnet pool',
      updated: '2015-03-30T10:00:00-00:00',
    },
    {
      name: 'Subnet Onboard',
      alias: 'subnet_onboard',
      description: 'Provides support for onboarding subnets into subnet pools',
      updated: '2018-12-18T09:00:00-00:00',
    },
    {
      name: 'Subnet Pool Prefix Operations',
      alias: 'subnetpool-prefix-ops',
      description: 'Provides support for adjusting the prefix list of subnet pools',
      updated: '2019-02-08T10:00:00-00:00',
    },
  ],
  resources: (base) => [addressScopes, subnetPools(base)],
  mixins: () => ({ network: { attributes: { ipv4_address_scope: scopeOf(4), ipv6_address_scope: scopeOf(6) } } }),
};

/** The address scope of the pools that a network's subnets of a family come from. */
function scopeOf(version: 4 | 6): Attribute {
  return {
    type: text(),
    column: null,
    select: `(SELECT p.address_scope_id::text FROM subnets s JOIN subnetpools p ON p.id = s.subnetpool_id
 WHERE s.network_id = t.id AND s.ip_version = ${version} AND p.address_scope_id IS NOT NULL LIMIT 1)`,
  };
}
