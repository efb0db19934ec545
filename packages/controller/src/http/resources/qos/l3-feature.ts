import type { Feature } from '../feature.ts';
import { ROUTER_ATTRIBUTES } from '../l3/routers.ts';
import { QOS_L3_EXTENSIONS } from './extensions.ts';
import { policyAttribute } from './policy-attribute.ts';
import { policyOfGateway } from './policy-of-gateway.ts';

/** Policies of floating IPs and of routers' gateways. */
export const qosL3: Feature = {
  extensions: QOS_L3_EXTENSIONS,
  mixins: (base) => {
    const policy = base.get('policy');
    return {
      floatingip: { attributes: { qos_policy_id: policyAttribute(policy) } },
      router: policyOfGateway(policy, ROUTER_ATTRIBUTES.external_gateway_info),
    };
  },
};
