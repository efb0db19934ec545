import type { Queryable } from '../../../store/store.ts';
import { isTrusted } from '../../access.ts';
import type { Caller } from '../../caller.ts';
import type { ListQuery } from '../../resource/list-query.ts';
import { overQuota } from '../../resource/over-quota.ts';

/** Clients cannot take these names. */
export const DEFAULT_GROUP = 'default';
export const DEFAULT_POLICIES: readonly string[] = ['default ingress', 'default egress'];

/** Lists show a project's default group, and what is in it, before anything else has asked for one. */
export async function ensureDefaultGroup(
  db: Queryable,
  { query, caller }: { query: ListQuery; caller: Caller },
): Promise<void> {
  const project = query.filters.get('project_id')?.[0] ?? caller.projectId;
  if (!project || (project !== caller.projectId && !isTrusted(caller))) return;
  try {
    await db.query('SELECT default_firewall_group($1)', [project]);
  } catch (error) {
    // Whoever may have no group at all can still look.
    if (overQuota(error) === undefined) throw error;
  }
}

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
