import type { Attribute, Resource, RuleContext, Values } from '../../resource/definition.ts';
import { isVisible } from '../../resource/not-there.ts';
import { nullable, uuid } from '../../resource/value-types.ts';
import type { Mixin } from '../feature.ts';

const KEPT = 'gateway_qos_policy_id';

/** The policy of a router's gateway; it comes and goes with `external_gateway_info`, whose definition this completes. */
export function policyOfGateway(policy: Resource, gateway: Attribute): Mixin {
  return {
    attributes: {
      external_gateway_info: { ...gateway, select: withPolicy(gateway.select ?? 'NULL::jsonb') },
      [KEPT]: { type: nullable(uuid), seen: 'never' },
    },
    conflicts: { routers_gateway_qos_policy_id_fkey: ({ key }) => policy.notFound(key[0] ?? '') },
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) await settle(policy, item, context);
      },
      async beforeUpdate(_old, changes, context) {
        await settle(policy, changes, context);
      },
    },
  };
}

/** A gateway whose router and network have no policies does not speak of them. */
function withPolicy(gateway: string): string {
  return `(SELECT g.info || CASE WHEN t.${KEPT} IS NULL
 AND (SELECT n.qos_policy_id FROM networks n WHERE n.id = (g.info->>'network_id')::uuid) IS NULL
 THEN '{}' ELSE jsonb_build_object('qos_policy_id', t.${KEPT}) END FROM (SELECT ${gateway} AS info) g)`;
}

async function settle(policy: Resource, router: Values, { tx, caller }: RuleContext): Promise<void> {
  const gateway = router['external_gateway_info'] as { qos_policy_id?: string | null } | null | undefined;
  if (gateway === undefined) return;
  const id = gateway === null ? null : gateway.qos_policy_id;
  if (id === undefined) return;
  if (id !== null && !(await isVisible(tx, policy, { id, caller }))) throw policy.notFound(id);
  router[KEPT] = id;
}
