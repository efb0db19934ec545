import type { Queryable } from '../../../store/store.ts';
import { ensureDefault } from '../ensure-default.ts';

/** Clients cannot take these names. */
export const DEFAULT_GROUP = 'default';
export const DEFAULT_POLICIES: readonly string[] = ['default ingress', 'default egress'];

export const ensureDefaultGroup = ensureDefault('default_firewall_group');

/** Takes away what the default group of a project had, once the group has gone. */
export async function removeDefaultPolicies(tx: Queryable, policies: readonly unknown[]): Promise<void> {
  const rules = await tx.query<{ id: string }>(
    `SELECT b.firewall_rule_id AS id FROM firewall_policy_rules b JOIN firewall_rules r ON r.id = b.firewall_rule_id
 WHERE b.firewall_policy_id = ANY($1::uuid[]) AND r.name LIKE 'default %'`,
    [policies],
  );
  await tx.query('DELETE FROM firewall_policies WHERE id = ANY($1::uuid[])', [policies]);
  await tx.query(
    `DELETE FROM firewall_rules r WHERE r.id = ANY($1::uuid[])
 AND NOT EXISTS (SELECT FROM firewall_policy_rules b WHERE b.firewall_rule_id = r.id)`,
    [rules.map((rule) => rule.id)],
  );
}
