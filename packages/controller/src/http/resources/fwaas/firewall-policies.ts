import type { Attribute, Resource, RuleContext, Values } from '../../resource/definition.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { uuidList } from '../../resource/uuid-list-type.ts';
import { bool, canonicalUuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { DEFAULT_POLICIES, ensureDefaultGroup } from './default-group.ts';
import {
  defaultIsFixed,
  foreignRule,
  policyInUse,
  policyNotFound,
  reservedName,
  ruleNotFound,
  ruleNotShared,
  shareRuleFirst,
} from './firewall-errors.ts';
import { ruleActions } from './rule-actions.ts';
import { writeOrder } from './rule-order.ts';
import { SHARED_FACTS, SHARED_FLAG } from './shared-flag.ts';

type PolicyValues = Values & {
  id: string;
  project_id: string;
  name: string;
  shared: boolean;
  audited: boolean;
  firewall_rules: readonly string[];
};

/** Firewall policies: rules in order, which groups apply to packets of one direction. */
export function firewallPolicies(base: Built): Resource<PolicyValues> {
  return {
    name: 'firewall_policy',
    collection: 'firewall_policies',
    path: 'fwaas/firewall_policies',
    table: 'firewall_policies',
    quota: 'firewall_policy',
    notFound: policyNotFound,
    access: { read: ['owner', 'shared'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    facts: SHARED_FACTS,
    attributes: {
      ...IDENTITY,
      description: STANDARD.description,
      shared: SHARED_FLAG,
      firewall_rules: rulesAttribute(base),
      audited: { type: bool, create: true, update: true, default: false, filter: true, sort: true },
      created_at: STANDARD.created_at,
      updated_at: STANDARD.updated_at,
      revision_number: STANDARD.revision_number,
    },
    actions: ruleActions(base),
    conflicts: {
      firewall_groups_ingress_fkey: ({ values }) => policyInUse(String(values[0]?.['id'])),
      firewall_groups_egress_fkey: ({ values }) => policyInUse(String(values[0]?.['id'])),
      firewall_policy_rules_rule_fkey: ({ key }) => ruleNotFound(key[0] ?? ''),
    },
    beforeList: ensureDefaultGroup,
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) {
          if (DEFAULT_POLICIES.includes(item.name)) throw reservedName('Policy', item.name);
          checkRules(item, item.firewall_rules, context);
        }
      },
      async afterCreate(_made, context) {
        const items = (context.items as readonly PolicyValues[]).filter((item) => item.firewall_rules.length > 0);
        for (const item of items) await writeOrder(context.tx, item.id, item.firewall_rules);
        if (items.length > 0) context.reread();
      },
      async beforeUpdate(old, changes, context) {
        if (DEFAULT_POLICIES.includes(old.name)) throw defaultIsFixed(old.id);
        if (changes.name !== undefined && DEFAULT_POLICIES.includes(changes.name)) {
          throw reservedName('Policy', changes.name);
        }
        if (changes.shared === false) await refuseForeignUsers(old, context);
        if (changes.firewall_rules !== undefined) {
          checkRules({ ...old, shared: changes.shared ?? old.shared }, changes.firewall_rules, context);
        } else if (changes.shared === true) {
          await refuseUnsharedRules(old, context);
        }
        changes.audited ??= false;
      },
      async afterUpdate(old, _made, context) {
        const [changes = {}] = context.items as readonly Partial<PolicyValues>[];
        if (changes.firewall_rules === undefined) return;
        await writeOrder(context.tx, old.id, changes.firewall_rules);
        context.reread();
      },
    },
  };
}

function rulesAttribute(base: Built): Attribute {
  return {
    type: uuidList,
    create: true,
    update: true,
    default: [],
    column: null,
    select: `(SELECT coalesce(jsonb_agg(b.firewall_rule_id ORDER BY b.position), '[]') FROM firewall_policy_rules b
 WHERE b.firewall_policy_id = t.id)`,
    filter(values, bind) {
      const ids = values.map(canonicalUuid).filter((id) => id !== undefined);
      return `t.id IN (SELECT b.firewall_policy_id FROM firewall_policy_rules b WHERE b.firewall_rule_id = ANY(${bind(ids)}::uuid[]))`;
    },
    references: {
      resource: base.get('firewall_rule'),
      also: { shared: 't.shared', project_id: 't.project_id' },
      lock: true,
    },
  };
}

/** A policy has rules of its own project and shared ones; a shared policy has shared ones only. */
function checkRules(
  policy: Pick<PolicyValues, 'id' | 'project_id' | 'shared'>,
  ids: readonly string[],
  { referenced }: RuleContext,
): void {
  for (const id of ids) {
    const rule = referenced.get('firewall_rules')?.get(id);
    if (rule?.['shared'] === true) continue;
    if (policy.shared) throw ruleNotShared(policy.id, id);
    if (rule?.['project_id'] !== policy.project_id) throw foreignRule(id, String(rule?.['project_id']));
  }
}

async function refuseForeignUsers(policy: PolicyValues, { tx }: RuleContext): Promise<void> {
  const users = await tx.query(
    `SELECT FROM firewall_groups WHERE (ingress_firewall_policy_id = $1 OR egress_firewall_policy_id = $1) AND project_id <> $2
 LIMIT 1`,
    [policy.id, policy.project_id],
  );
  if (users.length > 0) throw policyInUse(policy.id);
}

async function refuseUnsharedRules(policy: PolicyValues, { tx }: RuleContext): Promise<void> {
  const [rule] = await tx.query<{ id: string }>(
    `SELECT r.id FROM firewall_rules r JOIN firewall_policy_rules b ON b.firewall_rule_id = r.id
 WHERE b.firewall_policy_id = $1 AND NOT r.shared ORDER BY b.position LIMIT 1`,
    [policy.id],
  );
  if (rule !== undefined) throw shareRuleFirst(policy.id, rule.id);
}
