import type { Attribute } from '../../resource/definition.ts';
import { nullable, uuid } from '../../resource/value-types.ts';
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
      floatingip: {
        attributes: { qos_policy_id: policyAttribute(policy), qos_network_policy_id: POLICY_OF_NETWORK },
      },
      router: policyOfGateway(policy, ROUTER_ATTRIBUTES.external_gateway_info),
    };
  },
};

/** What a floating IP without a policy of its own is under. */
const POLICY_OF_NETWORK: Attribute = {
  type: nullable(uuid),
  column: null,
  select: '(SELECT n.qos_policy_id FROM networks n WHERE n.id = t.floating_network_id)',
};
