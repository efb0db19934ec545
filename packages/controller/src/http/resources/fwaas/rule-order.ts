import type { Queryable } from '../../../store/store.ts';

/** Gives a policy, whose row is locked, its rules in order. */
export async function writeOrder(tx: Queryable, policyId: string, ruleIds: readonly string[]): Promise<void> {
  await tx.query('DELETE FROM firewall_policy_rules WHERE firewall_policy_id = $1', [policyId]);
  await tx.query(
    `INSERT INTO firewall_policy_rules (firewall_policy_id, firewall_rule_id, position)
 SELECT $1, id, place FROM unnest($2::uuid[]) WITH ORDINALITY AS r (id, place)`,
    [policyId, ruleIds],
  );
}
