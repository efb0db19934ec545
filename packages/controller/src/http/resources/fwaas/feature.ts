import type { Feature, Mixin } from '../feature.ts';
import { firewallGroups } from './firewall-groups.ts';
import { firewallPolicies } from './firewall-policies.ts';
import { firewallRules } from './firewall-rules.ts';
import { refuseUnsecured } from './group-ports.ts';

const ports: Mixin = {
  rules: {
    async beforeUpdate(old, changes, { tx }) {
      if (changes['port_security_enabled'] === false) await refuseUnsecured(String(old['id']), tx);
    },
  },
};

/** Firewalls on ports of routers and workloads. No host enforces those of routers yet, and their groups say so (`status`). */
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
  mixins: () => ({ port: ports }),
};
