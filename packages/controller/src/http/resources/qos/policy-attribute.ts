import { isTrusted } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute, Resource, RuleContext, Values } from '../../resource/definition.ts';
import { isVisible } from '../../resource/not-there.ts';
import { nullable, uuid } from '../../resource/value-types.ts';
import { PROMISES_BANDWIDTH } from './supported.ts';

const PROMISES = '$promises_bandwidth';

/** The attribute by which something names its QoS policy. */
export function policyAttribute(policy: Resource): Attribute {
  return {
    type: nullable(uuid),
    create: true,
    update: true,
    default: null,
    references: { resource: policy, also: { [PROMISES]: PROMISES_BANDWIDTH } },
  };
}

/** Whether the policy that somebody names just now promises bandwidth. */
export function promisesBandwidth(id: unknown, { referenced }: RuleContext): boolean {
  return referenced.get('qos_policy_id')?.get(String(id))?.[PROMISES] === true;
}

/** The policy that an object gets by a change, when it is another one than before. */
export function newPolicy(old: Values, changes: Values): string | undefined {
  const policy = changes['qos_policy_id'];
  return typeof policy === 'string' && policy !== old['qos_policy_id'] ? policy : undefined;
}

/** A policy that an admin put on something, and that its owner cannot see, is not the owner's to take off. */
export async function refuseRemoval(
  policy: Resource,
  { old, changes }: { old: Values; changes: Values },
  { tx, caller }: RuleContext,
): Promise<void> {
  const id = old['qos_policy_id'];
  if (changes['qos_policy_id'] === undefined || typeof id !== 'string' || isTrusted(caller)) return;
  if (await isVisible(tx, policy, { id, caller })) return;
  throw new ApiError(
    403,
    'PolicyRemoveAuthorizationError',
    `Failed to remove provided policy ${id} because you are not authorized.`,
  );
}
