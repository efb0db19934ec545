import { NO_PACKETS, unionOf } from './packet-set.ts';
import type { PacketSets } from './packet-sets.ts';
import type { Policy } from './policy.ts';
import type { PolicySide } from './policy-side.ts';
import type { Mark, MarkList, Side } from './prefix-tree.ts';
import { type RuleProfile, ruleProfile, type Way } from './rule-profile.ts';

/** What is computed once for all networks of one comparison. */
export interface Verdicts {
  profile(policy: Policy, side: Side, way: Way): RuleProfile;
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
    profile(policy, side, way) {
      const key = `${side} ${way.direction} ${way.family} ${policy}`;
      let profile = profiles.get(key);
      if (profile === undefined) {
        profile = { id: profiles.size, ...ruleProfile(policy, sides[side], way) };
        profiles.set(key, profile);
        answers.set(profile, new Map());
      }
      return profile;
    },
    allowed(profile, list) {
      const { always, byMark } = profile;
      // Most rules name few of the addresses there are: what is true of all others is not kept for each.
      const hits = list.marks.filter((mark) => byMark.has(mark));
      const known = answers.get(profile) ?? new Map<string, number>();
      const key = hits.join('\n');
      let id = known.get(key);
      if (id === undefined) {
        id = sets.idOf(unionOf([always, ...hits.map((mark) => byMark.get(mark) ?? NO_PACKETS)]));
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
