import type { Feature } from '../feature.ts';
import { firewallGroups } from './firewall-groups.ts';
import { firewallPolicies } from './firewall-policies.ts';
import { firewallRules } from './firewall-rules.ts';

/** Firewalls on ports of routers and workloads, as the API keeps them. Hosts do not enforce them yet, and groups say so (`status`). */
export const fwaas: Feature = {
  extensions: [
    {
      name: 'FWaaS v2',
      alias: 'fwaas_v2',
      description: 'Provides support for firewall-as-a-service version 2',
      updated: '2016-10-06T10:00:00-00:00',
    },
    {
      name: 'Standard Attribute FWaaS v2 Extension',
      alias: 'standard-attr-fwaas-v2',
      description: 'Add standard attributes to FWaaS v2 resources',
      updated: '2023-04-027T01:00:00-00:00',
    },
  ],
  resources: (base) => [firewallGroups(base) as never, firewallPolicies(base) as never, firewallRules],
};
