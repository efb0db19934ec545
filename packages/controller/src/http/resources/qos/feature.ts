import type { Feature } from '../feature.ts';
import { QOS_EXTENSIONS } from './extensions.ts';
import { policies } from './policies.ts';
import { policyOfNetwork } from './policy-of-network.ts';
import { policyOfPort } from './policy-of-port.ts';
import { ruleTypeRoutes } from './rule-types.ts';
import { ruleResources } from './rules.ts';

/** Quality of service: policies, their rules, and what names them. */
export const qos: Feature = {
  extensions: QOS_EXTENSIONS,
  resources: (base) => [policies(), ...ruleResources(base)],
  mixins: (base) => {
    const policy = base.get('policy');
    return {
      network: policyOfNetwork(policy),
      port: policyOfPort(policy),
    };
  },
  routes: () => ruleTypeRoutes,
};
