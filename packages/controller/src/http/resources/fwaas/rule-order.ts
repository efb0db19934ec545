import type { Queryable } from '../../../store/store.ts';

/** Gives a policy, whose row is locked, its rules in order. Rules that stay where they are stay as they are. */
export async function writeOrder(tx: Queryable, policyId: string, ruleIds: readonly string[]): Promise<void> {
  await tx.query(
    'DELETE FROM firewall_policy_rules WHERE firewall_policy_id = $1 AND firewall_rule_id <> ALL($2::uuid[])',
    [policyId, ruleIds],
  );
  await tx.query(
    `INSERT INTO firewall_policy_rules AS r (firewall_policy_id, firewall_rule_id, position)
 SELECT $1, id, place FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, place)
 ON CONFLICT (firewall_policy_id, firewall_rule_id) DO UPDATE SET position = excluded.position
 WHERE r.position <> excluded.position`,
    [policyId, ruleIds],
  );
}
