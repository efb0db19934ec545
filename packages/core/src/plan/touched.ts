import { bothSides, type Edit } from '../compile/edit.ts';
import type { FirewallGroup, FirewallPolicy } from '../model/firewall.ts';
import { memo } from './memo.ts';
import { firewallOf, groupsOf, type Policy } from './policy.ts';
import type { PolicySide } from './policy-side.ts';
import type { Mark, Side } from './prefix-tree.ts';
import { addressGroupMark, groupMark } from './remote-mark.ts';
import { FAMILIES, type Family, type Way } from './rule-profile.ts';

/** What edits may change verdicts of. A pair of ports neither of which is touched stays as it is. */
export interface Touched {
  readonly networks: ReadonlySet<string>;
  readonly families: ReadonlySet<Family>;
  /** Whether what ports with these policies may get, or send, can differ. */
  isTouched(policy: Readonly<Record<Side, Policy | null>>, way: Way): boolean;
}

/** Reads both sides, as they stand with the edits made in one of them. */
export function touchedBy(edits: readonly Edit[], sides: Readonly<Record<Side, PolicySide>>): Touched {
  /** Groups with a rule that counts differently, by direction and family. */
  const groups = new Map<string, Set<string>>();
  const families = new Set<Family>();
  const networks = new Set<string>();
  const both = [sides.before, sides.after];
  const touch = (group: string, { direction, family }: Way) => {
    families.add(family);
    const key = `${direction} ${family}`;
    groups.set(key, (groups.get(key) ?? new Set()).add(group));
  };
  /** Whose change makes firewall groups count differently. */
  const firewallParts = {
    firewallGroup: new Set<string>(),
    firewallPolicy: new Set<string>(),
    firewallRule: new Set<string>(),
  };
  const touchNaming = (mark: Mark) => {
    for (const side of both) for (const rule of side.rulesNaming(mark)) touch(rule.groupId, rule);
  };
  const addNetworkOf = (port: string, side: PolicySide) => {
    const known = side.ports.get(port);
    if (known !== undefined) networks.add(known.port.networkId);
  };
  for (const edit of edits) {
    switch (edit.kind) {
      case 'network':
        if (edit.before?.adminStateUp === edit.after?.adminStateUp) break;
        networks.add(edit.id);
        for (const family of FAMILIES) families.add(family);
        break;
      case 'port':
        for (const family of FAMILIES) families.add(family);
        for (const port of bothSides(edit)) {
          networks.add(port.networkId);
          if (port.portSecurity) for (const group of port.securityGroups) touchNaming(groupMark(group));
        }
        break;
      case 'securityGroup':
        if (edit.before !== null && edit.after !== null) break;
        for (const direction of ['ingress', 'egress'] as const) {
          for (const family of FAMILIES) touch(edit.id, { direction, family });
        }
        break;
      case 'securityGroupRule':
        for (const rule of bothSides(edit)) touch(rule.groupId, rule);
        break;
      case 'addressGroupEntry':
        for (const entry of bothSides(edit)) touchNaming(addressGroupMark(entry.groupId));
        break;
      case 'host':
      case 'subnet':
      case 'log':
      case 'router':
      case 'floatingIp':
        break;
      case 'firewallGroup':
      case 'firewallPolicy':
      case 'firewallRule':
        firewallParts[edit.kind].add(edit.id);
        break;
      case 'firewallGroupPort':
        for (const family of FAMILIES) families.add(family);
        for (const side of both) addNetworkOf(edit.id, side);
        break;
    }
  }
  for (const group of new Set([...groups.values()].flatMap((list) => [...list]))) {
    for (const side of both) {
      for (const id of side.portsWith(group)) {
        addNetworkOf(id, side);
      }
    }
  }
  const firewalls = new Set(both.flatMap((side) => [...firewallsOf(firewallParts, side)]));
  if (firewalls.size > 0) for (const family of FAMILIES) families.add(family);
  for (const firewall of firewalls) {
    for (const side of both) for (const id of side.portsBehind(firewall)) addNetworkOf(id, side);
  }
  const groupsIn = memo(groupsOf);
  return {
    networks,
    families,
    isTouched({ before, after }, { direction, family }) {
      if (before !== after) return true;
      if (before === null) return false;
      const firewall = firewallOf(before);
      if (firewall !== null && firewalls.has(firewall)) return true;
      const list = groups.get(`${direction} ${family}`);
      return list !== undefined && groupsIn(before).some((group) => list.has(group));
    },
  };
}

/** Firewall groups that changed themselves, or in a policy or a rule of one. */
function firewallsOf(
  changed: Readonly<Record<'firewallGroup' | 'firewallPolicy' | 'firewallRule', ReadonlySet<string>>>,
  side: PolicySide,
): Set<string> {
  const policies = new Set(changed.firewallPolicy);
  if (changed.firewallRule.size > 0) {
    for (const { id, rules } of side.objects('firewallPolicy').values() as Iterable<FirewallPolicy>)
      if (rules.some((rule) => changed.firewallRule.has(rule))) policies.add(id);
  }
  const found = new Set(changed.firewallGroup);
  if (policies.size > 0) {
    for (const { id, ingressPolicy, egressPolicy } of side.objects('firewallGroup').values() as Iterable<FirewallGroup>)
      if (policies.has(ingressPolicy ?? '') || policies.has(egressPolicy ?? '')) found.add(id);
  }
  return found;
}
