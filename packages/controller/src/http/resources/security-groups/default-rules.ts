import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Resource, RuleContext } from '../../resource/definition.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import { bool, text, type ValueType } from '../../resource/value-types.ts';
import { RULE_ATTRIBUTES } from './rule-attributes.ts';
import { idOrNone } from './rule-types.ts';
import { sameness, sameRuleSql } from './same-rule.ts';
import { addressGroupNotFound, defaultRuleExists, securityGroupNotFound } from './security-group-errors.ts';
import { type RuleParts, settleRule } from './settle-rule.ts';

type DefaultRuleValues = RuleParts & { used_in_default_sg: boolean; used_in_non_default_sg: boolean };

/** Stands for the group that gets the rule. */
const PARENT = 'PARENT';

const groupId = idOrNone(securityGroupNotFound);

const remoteGroup: ValueType<string | null> = {
  schema: { anyOf: [groupId.schema, { const: PARENT }] },
  sql: 'text',
  parse: (value) => (value === PARENT ? PARENT : groupId.parse(value)),
  fromText: (value) => (value === PARENT ? PARENT : groupId.fromText(value)),
};

/** The rules that new security groups get (migration 0090): the default groups of projects, all others, or both. */
export function defaultRules({ addressGroups }: { addressGroups: Resource }): Resource<DefaultRuleValues> {
  return {
    name: 'default_security_group_rule',
    collection: 'default_security_group_rules',
    path: 'default-security-group-rules',
    table: 'default_security_group_rules',
    notFound: (id) =>
      new ApiError(404, 'DefaultSecurityGroupRuleNotFound', `Default Security Group rule ${id} does not exist`),
    access: { read: ['shared'], create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
    facts: { project: `''::text`, sharedWith: `ARRAY['*']` },
    attributes: {
      id: IDENTITY.id,
      // Taken, and not kept: such a rule is every project's.
      project_id: { type: text(), create: true, column: null, seen: 'never' },
      ...RULE_ATTRIBUTES,
      remote_group_id: { type: remoteGroup, create: true, default: null, filter: true, sort: true },
      remote_address_group_id: {
        type: idOrNone(addressGroupNotFound),
        create: true,
        default: null,
        filter: true,
        sort: true,
        references: { resource: addressGroups },
      },
      description: { type: text(), create: true, default: '', filter: true },
      used_in_default_sg: { type: bool, create: true, required: true, filter: true },
      used_in_non_default_sg: { type: bool, create: true, required: true, filter: true },
    },
    conflicts: {
      default_security_group_rules_remote_group_fkey: ({ key }) => securityGroupNotFound(key[0] ?? ''),
      default_security_group_rules_remote_address_group_id_fkey: ({ key }) => addressGroupNotFound(key[0] ?? ''),
    },
    rules: { beforeCreate },
  };
}

/** Throws 409 when groups would get the same rule twice. */
async function beforeCreate(items: readonly DefaultRuleValues[], { tx }: RuleContext): Promise<void> {
  for (const [i, item] of items.entries()) {
    settleRule(item);
    const same = items.slice(0, i).find((other) => sameness(other) === sameness(item) && shareGroups(other, item));
    if (same !== undefined) throw defaultRuleExists(same.id);
  }
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('netloom/default-security-group-rules', 0))`);
  const [existing] = await tx.query<{ id: string }>(
    `SELECT r.id FROM jsonb_populate_recordset(NULL::default_security_group_rules, $1::jsonb) AS new
 JOIN default_security_group_rules r ON ${sameRuleSql('r', 'new')}
 AND (r.used_in_default_sg AND new.used_in_default_sg OR r.used_in_non_default_sg AND new.used_in_non_default_sg) LIMIT 1`,
    [JSON.stringify(items)],
  );
  if (existing !== undefined) throw defaultRuleExists(existing.id);
}

function shareGroups(a: DefaultRuleValues, b: DefaultRuleValues): boolean {
  return (a.used_in_default_sg && b.used_in_default_sg) || (a.used_in_non_default_sg && b.used_in_non_default_sg);
}
