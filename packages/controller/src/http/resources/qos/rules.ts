import type { Queryable } from '../../../store/store.ts';
import { type AccessRules, ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute, Resource, Rules, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { text, uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { checkRule } from './check-rule.ts';
import { type PolicyRule, RULE_KINDS, type RuleKind, rulesJson } from './rule-kinds.ts';
import { refusePromises } from './supported.ts';

const ACCESS: AccessRules = { read: ['owner', 'shared'], create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY };

/** The rules of each type: under their policy, and by their own id under an older and a shorter path. */
export function ruleResources(base: Built): Resource[] {
  return RULE_KINDS.flatMap((kind) => [underPolicy(kind, base), byItself(kind)]);
}

/** /qos/policies/ID/bandwidth_limit_rules */
function underPolicy(kind: RuleKind, base: Built): Resource {
  const policy = base.get('policy');
  return {
    name: `${kind.type}_rule`,
    collection: `${kind.type}_rules`,
    parent: { resource: policy, attribute: 'qos_policy_id' },
    table: kind.table,
    notFound: ruleNotFound,
    access: ACCESS,
    attributes: {
      ...kind.parameters,
      ...HIDDEN,
      qos_policy_id: { type: uuid, seen: 'never', references: { resource: policy, lock: true } },
    },
    rules: rulesOf(kind),
  };
}

/** /qos/alias-bandwidth-limit-rules/ID */
function byItself(kind: RuleKind): Resource {
  const name = `alias_${kind.type}_rule`;
  const ofPolicy = (column: string) => `(SELECT p.${column} FROM qos_policies p WHERE p.id = t.qos_policy_id)`;
  const changeable = Object.entries(kind.parameters).map(([parameter, attribute]) => [parameter, unmakable(attribute)]);
  return {
    name,
    collection: `${name}s`,
    path: `qos/${`${name}s`.replaceAll('_', '-')}`,
    operations: ['show', 'update', 'delete'],
    table: kind.table,
    notFound: (id) => ruleNotFound(id),
    access: ACCESS,
    facts: { project: ofPolicy('project_id'), sharedWith: ofPolicy('shared_with') },
    attributes: {
      ...(Object.fromEntries(changeable) as Record<string, Attribute>),
      id: HIDDEN.id,
      qos_policy_id: { type: uuid, seen: 'never' },
    },
    rules: rulesOf(kind),
  };
}

function unmakable({ create: _create, required: _required, ...attribute }: Attribute): Attribute {
  return attribute;
}

const HIDDEN = {
  id: { type: uuid, filter: true, sort: true },
  // Clients may say whose a rule is; it is its policy's project's.
  project_id: { type: text(), create: true, seen: 'never', column: null },
} as const satisfies Record<string, Attribute>;

function ruleNotFound(id: string, policyId = ''): ApiError {
  return new ApiError(404, 'QosRuleNotFound', `QoS rule ${id} for policy ${policyId} could not be found.`);
}

function rulesOf(kind: RuleKind): Rules<Values> {
  return {
    async beforeCreate(items, { tx }) {
      for (const [policyId, added] of Map.groupBy(items, (item) => String(item['qos_policy_id']))) {
        const others = await readRules(tx, policyId);
        for (const rule of added) {
          checkRule({ kind, rule, given: rule }, others);
          others.push({ ...rule, type: kind.type } as unknown as PolicyRule);
        }
      }
    },
    async afterCreate(made, { tx }) {
      for (const policyId of new Set(made.map((rule) => String(rule['qos_policy_id'])))) {
        await changed(tx, policyId);
        await refusePromises(tx, { policyId, type: kind.type });
      }
    },
    async beforeUpdate(old, changes, { tx }) {
      const policyId = String(old['qos_policy_id']);
      await tx.query('SELECT FROM qos_policies WHERE id = $1 FOR NO KEY UPDATE', [policyId]);
      checkRule({ kind, rule: { ...old, ...changes }, given: changes }, await readRules(tx, policyId));
    },
    async afterUpdate(old, _made, { tx }) {
      const policyId = String(old['qos_policy_id']);
      await changed(tx, policyId);
      await refusePromises(tx, { policyId, type: kind.type });
    },
    beforeDelete: oneByOne(async (old, { tx }) => {
      const policyId = String(old['qos_policy_id']);
      await changed(tx, policyId);
      await refusePromises(tx, { policyId, type: kind.type, taken: true });
    }),
  };
}

async function readRules(tx: Queryable, policyId: string): Promise<PolicyRule[]> {
  const [row] = await tx.query<{ rules: PolicyRule[] }>(`SELECT ${rulesJson('$1::uuid')} AS rules`, [policyId]);
  return row?.rules ?? [];
}

/** A change of its rules is a change of the policy. */
async function changed(tx: Queryable, policyId: string): Promise<void> {
  await tx.query('UPDATE qos_policies SET updated_at = now(), revision_number = revision_number + 1 WHERE id = $1', [
    policyId,
  ]);
}
