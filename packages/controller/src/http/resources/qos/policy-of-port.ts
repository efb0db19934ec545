import type { Queryable } from '../../../store/store.ts';
import type { Resource, Values } from '../../resource/definition.ts';
import { nullable, uuid } from '../../resource/value-types.ts';
import type { Mixin } from '../feature.ts';
import { newPolicy, policyAttribute, promisesBandwidth, refuseRemoval } from './policy-attribute.ts';
import { RESOURCE_REQUEST } from './resource-request.ts';
import { notSupportedByPort, virtualNetworks } from './supported.ts';

/** The policy of a port, and what it and its network's ask of the host. */
export function policyOfPort(policy: Resource): Mixin {
  return {
    attributes: {
      qos_policy_id: policyAttribute(policy),
      qos_network_policy_id: { type: nullable(uuid), column: null, select: POLICY_OF_NETWORK },
      resource_request: RESOURCE_REQUEST,
    },
    conflicts: { ports_qos_policy_id_fkey: ({ key }) => policy.notFound(key[0] ?? '') },
    rules: {
      async beforeCreate(items, context) {
        const promised = items.filter((item) => promisesBandwidth(item['qos_policy_id'], context));
        if (promised.length > 0) await refuseVirtual(context.tx, promised);
      },
      async beforeUpdate(old, changes, context) {
        await refuseRemoval(policy, { old, changes }, context);
        const given = newPolicy(old, changes);
        if (given !== undefined && promisesBandwidth(given, context)) await refuseVirtual(context.tx, [old]);
      },
    },
  };
}

/** Most installations have no such network, which is found out once a statement instead of once a port. */
const POLICY_OF_NETWORK = `CASE WHEN (SELECT EXISTS (SELECT FROM networks WHERE qos_policy_id IS NOT NULL))
 THEN (SELECT n.qos_policy_id FROM networks n WHERE n.id = t.network_id) END`;

async function refuseVirtual(tx: Queryable, ports: readonly Values[]): Promise<void> {
  const virtual = await virtualNetworks(
    tx,
    ports.map((port) => port['network_id']),
  );
  const port = ports.find((one) => virtual.has(String(one['network_id'])));
  if (port !== undefined) throw notSupportedByPort(String(port['id']));
}
