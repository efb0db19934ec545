import { ALL_PACKETS, type PacketSet, packetsOf, unionOf } from './packet-set.ts';
import { groupsOf, type Policy, UNGUARDED } from './policy.ts';
import { markOf, type PolicySide } from './policy-side.ts';
import type { Mark } from './prefix-tree.ts';

/** What the rules of a port allow in one direction and family, by the other end. */
export interface RuleProfile {
  /** Of profiles of one comparison no two have the same. */
  readonly id: number;
  /** Whoever the other end is. */
  readonly always: PacketSet;
  /** Where the other end has a mark. */
  readonly byMark: ReadonlyMap<Mark, PacketSet>;
  /** Marks that make a difference. */
  readonly named: ReadonlySet<Mark>;
}

export type Direction = 'ingress' | 'egress';
export type Family = 4 | 6;

export const FAMILIES: readonly Family[] = [4, 6];

/** Rules of which a profile is made. */
export interface Way {
  readonly direction: Direction;
  readonly family: Family;
}

export function ruleProfile(policy: Policy, side: PolicySide, way: Way): Omit<RuleProfile, 'id'> {
  if (policy === UNGUARDED) return { always: ALL_PACKETS, byMark: new Map(), named: new Set() };
  const always: PacketSet[] = [];
  const byMark = new Map<Mark, PacketSet[]>();
  for (const group of groupsOf(policy)) {
    if (!side.groups.has(group)) continue;
    for (const rule of side.rulesOf(group)) {
      if (rule.direction !== way.direction || rule.family !== way.family) continue;
      const mark = markOf(rule);
      if (mark === undefined) always.push(packetsOf(rule));
      else byMark.set(mark, [...(byMark.get(mark) ?? []), packetsOf(rule)]);
    }
  }
  return {
    always: unionOf(always),
    byMark: new Map([...byMark].map(([mark, sets]) => [mark, unionOf(sets)])),
    named: new Set(byMark.keys()),
  };
}
