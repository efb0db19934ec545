import type { FirewallGroup, FirewallPolicy } from '../model/firewall.ts';
import type { WalledPort } from './model-index.ts';
import { drop, dropDeep, type Nested, newMap, newSet, within } from './nested-map.ts';

/** How the compiler looks into firewalls. */
export interface FirewallIndex {
  /** Members of firewall groups that hosts hold to them, by host, group and id. */
  readonly walled: ReadonlyMap<string, Nested<WalledPort>>;
  /** Hosts with such members, by group. */
  readonly hostsWith: ReadonlyMap<string, ReadonlySet<string>>;
  /** Groups that apply a policy in either direction, by policy. */
  readonly groupsUsing: ReadonlyMap<string, ReadonlySet<string>>;
  /** Policies in which a rule stands, by rule. */
  readonly policiesWith: ReadonlyMap<string, ReadonlySet<string>>;
}

export function firewallIndex() {
  const walled = new Map<string, Map<string, Map<string, WalledPort>>>();
  const hostsWith = new Map<string, Set<string>>();
  const groupsUsing = new Map<string, Set<string>>();
  const policiesWith = new Map<string, Set<string>>();
  const index: FirewallIndex = { walled, hostsWith, groupsUsing, policiesWith };

  return {
    index,
    addMember: (port: WalledPort, group: string) => {
      within(within(walled, port.host, newMap<Map<string, WalledPort>>), group, newMap).set(port.id, port);
      within(hostsWith, group, newSet).add(port.host);
    },
    removeMember: (port: WalledPort, group: string) => {
      if (dropDeep(walled, [port.host, group], port.id)) drop(hostsWith, group, port.host);
    },
    addGroup: (group: FirewallGroup) => {
      for (const policy of policiesOf(group)) within(groupsUsing, policy, newSet).add(group.id);
    },
    removeGroup: (group: FirewallGroup) => {
      for (const policy of policiesOf(group)) drop(groupsUsing, policy, group.id);
    },
    addPolicy: (policy: FirewallPolicy) => {
      for (const rule of policy.rules) within(policiesWith, rule, newSet).add(policy.id);
    },
    removePolicy: (policy: FirewallPolicy) => {
      for (const rule of policy.rules) drop(policiesWith, rule, policy.id);
    },
  };
}

function policiesOf({ ingressPolicy, egressPolicy }: FirewallGroup): string[] {
  return [ingressPolicy, egressPolicy].filter((id) => id !== null);
}
