import type { Model } from '@netloom/core/compile/weave';
import type { FirewallPolicyRule } from '@netloom/core/model/firewall';
import type { Port } from '@netloom/core/model/port';
import { idOf } from './model-ids.ts';
import type { FirewallRuleSpec, Scenario } from './scenario.ts';

type FirewallModel = Pick<Model, 'firewallGroups' | 'firewallGroupPorts' | 'firewallPolicies' | 'firewallRules'> & {
  /** What the file says of a rule, by the rule's id. */
  readonly ruleTexts: ReadonlyMap<string, string>;
};

interface Policy {
  readonly id: string;
  readonly rules: readonly { readonly text: string; readonly model: FirewallPolicyRule }[];
}

/** The firewalls of a scenario as the compiler reads them, each with policies of its own. */
export function firewallModelOf({ firewalls }: Scenario, portOf: ReadonlyMap<string, Port>): FirewallModel {
  const groups = firewalls.map((spec) => ({
    ...spec,
    id: firewallId(spec.name),
    ingress: policyOf(`${spec.name} ingress`, spec.ingress),
    egress: policyOf(`${spec.name} egress`, spec.egress),
  }));
  const policies = groups.flatMap(({ ingress, egress }) => [ingress, egress]).filter((policy) => policy !== null);
  const rules = policies.flatMap((policy) => policy.rules);
  return {
    firewallGroups: groups.map(({ id, adminStateUp, ingress, egress }) => ({
      ...{ id, adminStateUp },
      ingressPolicy: ingress?.id ?? null,
      egressPolicy: egress?.id ?? null,
    })),
    firewallGroupPorts: groups.flatMap(({ id: groupId, workloads }) =>
      workloads.flatMap((name) => portOf.get(name) ?? []).map(({ id }) => ({ id, groupId })),
    ),
    firewallPolicies: policies.map(({ id, rules: own }) => ({ id, rules: own.map(({ model }) => model.id) })),
    firewallRules: rules.map(({ model }) => model),
    ruleTexts: new Map(rules.map(({ text, model }) => [model.id, `"${text}"`])),
  };
}

export function firewallId(name: string): string {
  return idOf('firewall group', name);
}

function policyOf(name: string, rules: readonly FirewallRuleSpec[] | null): Policy | null {
  if (rules === null) return null;
  return {
    id: idOf('firewall policy', name),
    // A line may stand twice in a policy.
    rules: rules.map(({ text, ...rule }, i) => ({
      text,
      model: { ...rule, id: idOf('firewall rule', `${name} ${i}`) },
    })),
  };
}
