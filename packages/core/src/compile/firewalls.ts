import type { FirewallGroup, FirewallPolicy, FirewallPolicyRule } from '../model/firewall.ts';
import type { FirewallRow, FirewallRule } from '../tables/host-tables.ts';
import type { Edit } from './edit.ts';
import { EVERY_CARRIER, type Feature } from './feature.ts';
import type { ModelIndex } from './model-index.ts';

/** One row for each firewall group. */
export const firewalls: Feature<'firewalls'> = {
  table: 'firewalls',
  places: (edit, model) => groupsTouched(edit, model).map((id) => ({ at: id, id })),
  ids: (group) => [group],
  cell(_at, id, model) {
    const group = model.objects.firewallGroup.get(id);
    if (group === undefined) return undefined;
    const { ingressPolicy, egressPolicy } = group;
    const rules = { ingress: rulesOf(ingressPolicy, model.objects), egress: rulesOf(egressPolicy, model.objects) };
    return { audience: EVERY_CARRIER, make: () => rowOf(group, rules) };
  },
};

/** What policies and rules of firewall groups are, by id. */
export interface FirewallObjects {
  readonly firewallPolicy: ReadonlyMap<string, FirewallPolicy>;
  readonly firewallRule: ReadonlyMap<string, FirewallPolicyRule>;
}

/** The rules of a group that are in effect. */
export function firewallRow(group: FirewallGroup, objects: FirewallObjects): FirewallRow {
  const { ingressPolicy, egressPolicy } = group;
  return rowOf(group, { ingress: rulesOf(ingressPolicy, objects), egress: rulesOf(egressPolicy, objects) });
}

function groupsTouched(edit: Edit, model: ModelIndex): string[] {
  const { groupsUsing, policiesWith } = model.firewall;
  if (edit.kind === 'firewallGroup') return [edit.id];
  if (edit.kind === 'firewallPolicy') return [...(groupsUsing.get(edit.id) ?? [])];
  if (edit.kind !== 'firewallRule') return [];
  return [...(policiesWith.get(edit.id) ?? [])].flatMap((policy) => [...(groupsUsing.get(policy) ?? [])]);
}

function rulesOf(policy: string | null, objects: FirewallObjects): FirewallPolicyRule[] {
  const ids = policy === null ? [] : (objects.firewallPolicy.get(policy)?.rules ?? []);
  return ids.map((id) => objects.firewallRule.get(id)).filter((rule) => rule !== undefined);
}

type Rules = Readonly<Record<'ingress' | 'egress', readonly FirewallPolicyRule[]>>;

function rowOf({ id, adminStateUp }: FirewallGroup, { ingress, egress }: Rules): FirewallRow {
  const inEffect = (rules: readonly FirewallPolicyRule[]) =>
    adminStateUp ? rules.filter(({ enabled }) => enabled).map(firewallRule) : [];
  return { id, ingress: inEffect(ingress), egress: inEffect(egress) };
}

function firewallRule({
  id,
  action,
  family,
  protocol,
  source,
  destination,
  ...ports
}: FirewallPolicyRule): FirewallRule {
  const { sourcePorts, destinationPorts } = ports;
  return { id, action, family, protocol, source, destination, sourcePorts, destinationPorts };
}
