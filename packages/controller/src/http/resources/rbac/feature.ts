import type { Feature } from '../feature.ts';
import { rbacPolicies } from './rbac-policies.ts';

/** Sharing with some projects. What the resources that can be shared do about it: sharing.ts. */
export const rbac: Feature = {
  extensions: [
    {
      name: 'RBAC Policies',
      alias: 'rbac-policies',
      description: 'Allows creation and modification of policies that control tenant access to resources.',
      updated: '2015-06-17T12:15:12-00:00',
    },
    {
      name: 'Add address_group type to RBAC',
      alias: 'rbac-address-group',
      description: 'Add address_group type to network RBAC',
      updated: '2021-01-20T00:00:00-00:00',
    },
    {
      name: 'Add address_scope type to RBAC',
      alias: 'rbac-address-scope',
      description: 'Add address_scope type to RBAC',
      updated: '2020-02-12T00:00:00-00:00',
    },
    {
      name: 'Add security_group type to network RBAC',
      alias: 'rbac-security-groups',
      description: 'Add security_group type to network RBAC',
      updated: '2019-02-14T00:00:00-00:00',
    },
    {
      name: 'Add subnetpool type to RBAC',
      alias: 'rbac-subnetpool',
      description: 'Add subnetpool type to RBAC',
      updated: '2020-02-05T00:00:00-00:00',
    },
  ],
  resources: (base) => [rbacPolicies(base)],
};
