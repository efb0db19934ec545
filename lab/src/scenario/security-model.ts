import type { Model } from '@netloom/core/compile/weave';
import type { RuleRemote, SecurityGroup, SecurityGroupRule } from '@netloom/core/model/security-group';
import { idOf } from './model-ids.ts';
import {
  DEFAULT_GROUP,
  hasDefaultEgress,
  type RemoteSpec,
  type RuleSpec,
  type Scenario,
  type SecurityGroupSpec,
} from './scenario.ts';

type SecurityModel = Pick<Model, 'securityGroups' | 'securityGroupRules' | 'addressGroupEntries'> & {
  /** What the file says of a rule, by the rule's id. */
  readonly ruleTexts: ReadonlyMap<string, string>;
};

const FAMILIES = [4, 6] as const;
const ANYTHING = { protocol: null, min: null, max: null } as const;

/** What the API makes of a project's default group. */
const DEFAULT_SPEC: SecurityGroupSpec = {
  name: DEFAULT_GROUP,
  stateful: true,
  rules: FAMILIES.map((family) => ({
    ...ANYTHING,
    text: `ingress v${family} any from group ${DEFAULT_GROUP}`,
    direction: 'ingress',
    family,
    remote: { kind: 'group', name: DEFAULT_GROUP },
  })),
};

/** The security groups, rules and address groups of a scenario as the compiler reads them, with the project's default group. */
export function securityModelOf(scenario: Scenario, projectId: string): SecurityModel {
  const specs = [...scenario.securityGroups, DEFAULT_SPEC];
  const rules = specs.flatMap((spec) => rulesOf(spec).map((rule) => ({ rule, model: ruleModel(spec.name, rule) })));
  return {
    securityGroups: specs.map(
      ({ name, stateful }): SecurityGroup => ({ id: groupId(name), projectId, name, stateful }),
    ),
    securityGroupRules: rules.map(({ model }) => model),
    ruleTexts: new Map(rules.map(({ rule, model }) => [model.id, `"${rule.text}"`])),
    addressGroupEntries: scenario.addressGroups.flatMap(({ name, prefixes }) =>
      [...new Set(prefixes)].map((prefix) => {
        const group = addressGroupId(name);
        return { id: `${group}/${prefix}`, groupId: group, prefix };
      }),
    ),
  };
}

export function groupId(name: string): string {
  return idOf('security group', name);
}

function addressGroupId(name: string): string {
  return idOf('address group', name);
}

function rulesOf(spec: SecurityGroupSpec): readonly RuleSpec[] {
  if (!hasDefaultEgress(spec)) return spec.rules;
  const everything = FAMILIES.map((family): RuleSpec => {
    const text = `egress v${family} any to any`;
    return { ...ANYTHING, text, direction: 'egress', family, remote: { kind: 'any' } };
  });
  return [...everything, ...spec.rules];
}

function ruleModel(group: string, { text, remote, ...rule }: RuleSpec): SecurityGroupRule {
  const id = idOf('security group rule', `${group} ${rule.family} ${text}`);
  return { ...rule, id, groupId: groupId(group), remote: remoteModel(remote) };
}

function remoteModel(remote: RemoteSpec): RuleRemote {
  if (remote.kind === 'group') return { kind: 'group', group: groupId(remote.name) };
  return remote.kind === 'addressGroup' ? { kind: 'addressGroup', group: addressGroupId(remote.name) } : remote;
}
