import { NO_PACKETS, unionOf } from './packet-set.ts';
import { EVERY, NONE, type PacketSets } from './packet-sets.ts';
import { firewallOf, type Policy } from './policy.ts';
import type { PolicySide } from './policy-side.ts';
import type { Mark, MarkList, Side } from './prefix-tree.ts';
import { type RuleProfile, ruleProfile, type Way } from './rule-profile.ts';

/** What is computed once for all networks of one comparison. */
export interface Verdicts {
  /** `own`: marks of an address with the policy. */
  profile(at: { readonly policy: Policy; readonly own: MarkList }, side: Side, way: Way): RuleProfile;
  /** Number of the set of packets that the rules of a policy allow to or from an address with these marks. */
  allowed(profile: RuleProfile, marks: MarkList): number;
  /** The marks of a list that are of interest: the same object for the same marks. */
  project(list: MarkList, isOfInterest: (mark: Mark) => boolean): MarkList;
}

export function verdicts(sides: Readonly<Record<Side, PolicySide>>, sets: PacketSets): Verdicts {
  const profiles = new Map<string, RuleProfile>();
  const answers = new Map<RuleProfile, Map<string, number>>();
  const lists = new Map<string, MarkList>();
  return {
    profile({ policy, own }, side, way) {
      const firewall = firewallOf(policy);
      // Only firewalls look at a port's own address.
      const hits = firewall === null ? [] : own.marks.filter((mark) => sides[side].firewallMarks(firewall).has(mark));
      const key = `${side} ${way.direction} ${way.family} ${policy} ${hits.join('\n')}`;
      let profile = profiles.get(key);
      if (profile === undefined) {
        profile = { id: profiles.size, ...ruleProfile({ policy, own }, sides[side], way) };
        profiles.set(key, profile);
        answers.set(profile, new Map());
      }
      return profile;
    },
    allowed(profile, list) {
      // Most rules name few of the addresses there are: what is true of all others is not kept for each.
      const hits = list.marks.filter((mark) => profile.named.has(mark));
      const known = answers.get(profile) ?? new Map<string, number>();
      const key = hits.join('\n');
      let id = known.get(key);
      if (id === undefined) {
        id = allowedAt(profile, hits, sets);
        known.set(key, id);
      }
      return id;
    },
    project(list, isOfInterest) {
      const marks = list.marks.filter(isOfInterest);
      const key = marks.join('\n');
      let known = lists.get(key);
      if (known === undefined) {
        known = { marks, key };
        lists.set(key, known);
      }
      return known;
    },
  };
}

/** What groups and firewall both allow where the other end has these marks. */
function allowedAt({ always, byMark, firewall }: RuleProfile, hits: readonly Mark[], sets: PacketSets): number {
  const allowed = sets.idOfSet(unionOf([always, ...hits.map((mark) => byMark.get(mark) ?? NO_PACKETS)]));
  if (firewall === null) return allowed;
  let passed = NONE;
  let undecided = EVERY;
  for (const { other, isAllowed, packets } of firewall) {
    if (other !== null && !hits.includes(other)) continue;
    const decided = sets.and(undecided, sets.idOf(packets));
    if (isAllowed) passed = sets.or(passed, decided);
    undecided = sets.minus(undecided, decided);
  }
  return sets.and(allowed, passed);
}
