import { ApiError } from '../../api-error.ts';
import type { Resource, RuleContext } from '../../resource/definition.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { text, type ValueType } from '../../resource/value-types.ts';
import { ensureDefault } from '../ensure-default.ts';
import { RULE_ATTRIBUTES } from './rule-attributes.ts';
import { idOf, idOrNone, remotePrefix } from './rule-types.ts';
import { sameness, sameRuleSql } from './same-rule.ts';
import { addressGroupNotFound, ruleExists, securityGroupNotFound } from './security-group-errors.ts';
import { type RuleValues, settleRule } from './settle-rule.ts';

/** Rules of `groups`. */
export function securityGroupRules({
  groups,
  addressGroups,
}: {
  groups: Resource;
  addressGroups: Resource;
}): Resource<RuleValues> {
  return {
    name: 'security_group_rule',
    collection: 'security_group_rules',
    path: 'security-group-rules',
    table: 'security_group_rules',
    quota: 'security_group_rule',
    together: true,
    notFound: (id) => new ApiError(404, 'SecurityGroupRuleNotFound', `Security group rule ${id} does not exist`),
    // What others may see of a group they may not open: a rule comes from whoever owns the group.
    access: { read: ['owner', 'network_owner'], create: ['network_owner'], update: [], delete: ['owner'] },
    facts: { networkProject: '(SELECT g.project_id FROM security_groups g WHERE g.id = t.security_group_id)' },
    attributes: {
      id: IDENTITY.id,
      project_id: IDENTITY.project_id,
      security_group_id: {
        type: idOf(securityGroupNotFound),
        create: true,
        required: true,
        filter: true,
        sort: true,
        // Rules of one group are made one after the other, so that no two of them are the same.
        references: { resource: groups, lock: true, isNetwork: true },
      },
      ...RULE_ATTRIBUTES,
      remote_address_group_id: {
        type: idOrNone(addressGroupNotFound),
        create: true,
        default: null,
        filter: true,
        sort: true,
        references: { resource: addressGroups },
      },
      normalized_cidr: {
        type: remotePrefix as ValueType,
        generated: true,
        select: 't.normalized_cidr::text',
        filter: true,
        sort: true,
      },
      remote_group_id: {
        type: idOrNone(securityGroupNotFound),
        create: true,
        default: null,
        filter: true,
        sort: true,
        references: { resource: groups },
      },
      description: { type: text(), create: true, default: '', filter: true, sort: true },
      created_at: STANDARD.created_at,
      updated_at: STANDARD.updated_at,
      revision_number: STANDARD.revision_number,
    },
    conflicts: {
      security_group_rules_security_group_id_fkey: ({ key }) => securityGroupNotFound(key[0] ?? ''),
      security_group_rules_remote_group_id_fkey: ({ key }) => securityGroupNotFound(key[0] ?? ''),
      security_group_rules_remote_address_group_id_fkey: ({ key }) => addressGroupNotFound(key[0] ?? ''),
    },
    beforeList: ensureDefault('default_security_group'),
    rules: { beforeCreate, beforeDelete },
  };
}

async function beforeCreate(items: readonly RuleValues[], { tx }: RuleContext): Promise<void> {
  const seen = new Map<string, string>();
  for (const item of items) {
    settleRule(item);
    const same = `${item.security_group_id} ${sameness(item)}`;
    const other = seen.get(same);
    if (other !== undefined) throw ruleExists(other);
    seen.set(same, item.id);
  }
  // The group is part of what changes: its revision moves on. One statement also looks for rules that are there already.
  const [existing] = await tx.query<{ id: string }>(
    `WITH touched AS (
 UPDATE security_groups SET updated_at = now(), revision_number = revision_number + 1 WHERE id = ANY($2::uuid[]))
 SELECT r.id FROM jsonb_populate_recordset(NULL::security_group_rules, $1::jsonb) AS new
 JOIN security_group_rules r ON r.security_group_id = new.security_group_id AND ${sameRuleSql('r', 'new')} LIMIT 1`,
    [JSON.stringify(items), [...new Set(items.map((item) => item.security_group_id))].sort()],
  );
  if (existing !== undefined) throw ruleExists(existing.id);
}

async function beforeDelete(olds: readonly RuleValues[], { tx }: RuleContext): Promise<void> {
  await tx.query(
    'UPDATE security_groups SET updated_at = now(), revision_number = revision_number + 1 WHERE id = ANY($1::uuid[])',
    [[...new Set(olds.map((old) => old.security_group_id))].sort()],
  );
}
