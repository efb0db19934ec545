import type { Queryable } from '../../../store/store.ts';
import type { Resource, Values } from '../../resource/definition.ts';
import type { Mixin } from '../feature.ts';
import { newPolicy, policyAttribute, promisesBandwidth, refuseRemoval } from './policy-attribute.ts';
import { notSupportedByNetwork, PROMISES_BANDWIDTH, virtualNetworks } from './supported.ts';

/** The policy of all ports of a network that have none of their own; at first the default one of the network's project. */
export function policyOfNetwork(policy: Resource): Mixin {
  return {
    attributes: { qos_policy_id: policyAttribute(policy) },
    conflicts: { networks_qos_policy_id_fkey: ({ key }) => policy.notFound(key[0] ?? '') },
    rules: {
      async beforeCreate(items, { tx }) {
        await takeDefaults(tx, items);
      },
      // What carries a new network is known only now.
      async afterCreate(made, { tx }) {
        const named = made.filter((network) => typeof network['qos_policy_id'] === 'string');
        if (named.length === 0) return;
        const promised = await tx.query<{ id: string }>(
          `SELECT t.id FROM qos_policies t WHERE t.id = ANY($1::uuid[]) AND ${PROMISES_BANDWIDTH}`,
          [named.map((network) => network['qos_policy_id'])],
        );
        const promises = new Set(promised.map((row) => row.id));
        await refuseVirtual(
          tx,
          named.filter((network) => promises.has(String(network['qos_policy_id']))),
        );
      },
      async beforeUpdate(old, changes, context) {
        await refuseRemoval(policy, { old, changes }, context);
        const given = newPolicy(old, changes);
        if (given !== undefined && promisesBandwidth(given, context)) await refuseVirtual(context.tx, [old]);
      },
    },
  };
}

async function takeDefaults(tx: Queryable, items: readonly Values[]): Promise<void> {
  const open = items.filter((item) => (item['qos_policy_id'] ?? null) === null);
  if (open.length === 0) return;
  const rows = await tx.query<{ id: string; project_id: string }>(
    'SELECT id, project_id FROM qos_policies WHERE is_default AND project_id = ANY($1)',
    [[...new Set(open.map((item) => item['project_id']))]],
  );
  const usual = new Map(rows.map((row) => [row.project_id, row.id]));
  for (const item of open) {
    const policy = usual.get(String(item['project_id']));
    if (policy !== undefined) item['qos_policy_id'] = policy;
  }
}

async function refuseVirtual(tx: Queryable, networks: readonly Values[]): Promise<void> {
  if (networks.length === 0) return;
  const virtual = await virtualNetworks(
    tx,
    networks.map((network) => network['id']),
  );
  const network = networks.find((one) => virtual.has(String(one['id'])));
  if (network !== undefined) throw notSupportedByNetwork(String(network['id']));
}
