import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { IDENTITY, SHARED, STANDARD } from '../../resource/standard-attributes.ts';
import { bool, produced } from '../../resource/value-types.ts';
import { rulesJson } from './rule-kinds.ts';

/** QoS policies: named sets of rules that networks, ports, floating IPs and gateways name. */
export function policies(): Resource {
  return {
    name: 'policy',
    collection: 'policies',
    path: 'qos/policies',
    tagsPath: 'policies',
    table: 'qos_policies',
    rbac: 'qos_policy',
    notFound: (id) => new ApiError(404, 'QosPolicyNotFound', `QoS policy ${id} could not be found.`),
    access: { read: ['owner', 'shared'], create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
    attributes: {
      ...IDENTITY,
      shared: SHARED,
      is_default: { type: bool, create: true, update: true, default: false, filter: true },
      rules: {
        type: produced({ type: 'array', items: { type: 'object' } }),
        column: null,
        select: rulesJson('t.id'),
      },
      ...STANDARD,
    },
    conflicts: {
      qos_policies_default: ({ key }) => defaultExists(key[0] ?? ''),
      ports_qos_policy_id_fkey: ({ values }) => inUse(values, 'port'),
      networks_qos_policy_id_fkey: ({ values }) => inUse(values, 'network'),
      floatingips_qos_policy_id_fkey: ({ values }) => inUse(values, 'fip'),
      routers_gateway_qos_policy_id_fkey: ({ values }) => inUse(values, 'router'),
    },
    rules: { beforeDelete: oneByOne(beforeDelete) },
  };
}

/** Whoever uses a policy keeps it from being deleted; in the order in which the field's server looks for users. */
async function beforeDelete(old: Values, { tx }: RuleContext): Promise<void> {
  const [user] = await tx.query<{ kind: string; id: string }>(
    `SELECT 'port' AS kind, id FROM ports WHERE qos_policy_id = $1
 UNION ALL SELECT 'network', id FROM networks WHERE qos_policy_id = $1
 UNION ALL SELECT 'fip', id FROM floatingips WHERE qos_policy_id = $1
 UNION ALL SELECT 'router', id FROM routers WHERE gateway_qos_policy_id = $1 LIMIT 1`,
    [old['id']],
  );
  if (user !== undefined) throw inUse([old], user.kind, user.id);
}

/** `user` is unknown when it came in the very moment of the deletion. */
function inUse(values: readonly Values[], kind: string, user = ''): ApiError {
  const id = String(values[0]?.['id']);
  return new ApiError(409, 'QosPolicyInUse', `QoS Policy ${id} is used by ${kind} ${user}.`);
}

function defaultExists(projectId: string): ApiError {
  return new ApiError(409, 'QoSPolicyDefaultAlreadyExists', `A default QoS policy exists for project ${projectId}.`);
}
