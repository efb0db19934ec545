import { firewallSteps, type ProfileStep } from './firewall-profile.ts';
import { ALL_PACKETS, type PacketSet, packetsOf, unionOf } from './packet-set.ts';
import { firewallOf, groupsOf, type Policy, UNGUARDED } from './policy.ts';
import type { PolicySide } from './policy-side.ts';
import type { Mark, MarkList } from './prefix-tree.ts';
import { markOf } from './remote-mark.ts';

/** What the rules of a port allow at an address of it in one direction and family, by the other end. */
export interface RuleProfile {
  /** Of profiles of one comparison no two have the same. */
  readonly id: number;
  /** Whoever the other end is. */
  readonly always: PacketSet;
  /** Where the other end has a mark. */
  readonly byMark: ReadonlyMap<Mark, PacketSet>;
  /** What its firewall makes of what the groups allow: the first that fits decides, and nothing fitting is denied. Null without one. */
  readonly firewall: readonly ProfileStep[] | null;
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

/** `own`: marks of the address. */
export function ruleProfile(
  { policy, own }: { readonly policy: Policy; readonly own: MarkList },
  side: PolicySide,
  way: Way,
): Omit<RuleProfile, 'id'> {
  if (policy === UNGUARDED) return { always: ALL_PACKETS, byMark: new Map(), firewall: null, named: new Set() };
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
  const group = firewallOf(policy);
  const firewall = group === null ? null : firewallSteps(side.firewall(group), own, way);
  return {
    firewall,
    always: unionOf(always),
    byMark: new Map([...byMark].map(([mark, sets]) => [mark, unionOf(sets)])),
    named: new Set([...byMark.keys(), ...(firewall?.flatMap(({ other }) => other ?? []) ?? [])]),
  };
}
