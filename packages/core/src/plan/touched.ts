import { bothSides, type Edit } from '../compile/edit.ts';
import { groupsOf, type Policy } from './policy.ts';
import { addressGroupMark, groupMark, type PolicySide } from './policy-side.ts';
import type { Mark, Side } from './prefix-tree.ts';
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
  const touchNaming = (mark: Mark) => {
    for (const side of both) for (const rule of side.rulesNaming(mark)) touch(rule.groupId, rule);
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
      // Not counted in yet.
      case 'firewallGroup':
      case 'firewallGroupPort':
      case 'firewallPolicy':
      case 'firewallRule':
        break;
    }
  }
  for (const group of new Set([...groups.values()].flatMap((list) => [...list]))) {
    for (const side of both) {
      for (const id of side.portsWith(group)) {
        const port = side.ports.get(id);
        if (port !== undefined) networks.add(port.port.networkId);
      }
    }
  }
  return {
    networks,
    families,
    isTouched({ before, after }, { direction, family }) {
      if (before !== after) return true;
      const list = groups.get(`${direction} ${family}`);
      return before !== null && list !== undefined && groupsOf(before).some((group) => list.has(group));
    },
  };
}
