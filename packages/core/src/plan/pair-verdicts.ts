import type { EndpointClass } from './endpoint-classes.ts';
import { memo } from './memo.ts';
import { NONE, type PacketSets } from './packet-sets.ts';
import { type Mark, type MarkList, NO_MARKS, type Side } from './prefix-tree.ts';
import type { Direction, RuleProfile } from './rule-profile.ts';
import type { Verdicts } from './verdicts.ts';

/** For each class what its rules make of others; null where it is not there. */
export type ClassProfiles = Readonly<Record<Side, (i: number) => RuleProfile | null>>;

interface World {
  readonly profiles: Readonly<Record<Direction, ClassProfiles>>;
  readonly verdicts: Verdicts;
  readonly sets: PacketSets;
}

/** Gives the set of packets that one class may send to another on a side: what the one's rules let out and the other's let in. */
export function pairVerdicts(
  classes: readonly EndpointClass[],
  side: Side,
  { profiles, verdicts, sets }: World,
): (source: number, destination: number) => number {
  const lists: MarkList[] = [];
  const places = new Map<MarkList, number>();
  const marks = Int32Array.from(classes, ({ marks: { [side]: list } }) => {
    let place = places.get(list);
    if (place === undefined) {
      place = lists.push(list) - 1;
      places.set(list, place);
    }
    return place;
  });
  const placesWith = new Map<Mark, number[]>();
  for (const [place, { marks }] of lists.entries()) {
    for (const mark of marks) {
      const known = placesWith.get(mark);
      if (known === undefined) placesWith.set(mark, [place]);
      else known.push(place);
    }
  }
  // Most rules name few of the addresses there are: all others are alike.
  const rowOf = memo((profile: RuleProfile): Int32Array => {
    const row = new Int32Array(lists.length).fill(verdicts.allowed(profile, NO_MARKS));
    const hits = new Set([...profile.named].flatMap((mark) => placesWith.get(mark) ?? []));
    for (const place of hits) row[place] = verdicts.allowed(profile, lists[place] ?? NO_MARKS);
    return row;
  });
  const asker = (direction: Direction) => {
    const rows: (Int32Array | null)[] = [];
    return (asked: number, other: number): number => {
      let row = rows[asked];
      if (row === undefined) {
        const profile = profiles[direction][side](asked);
        row = profile && rowOf(profile);
        rows[asked] = row;
      }
      return row === null ? NONE : (row[marks[other] ?? 0] ?? NONE);
    };
  };
  const out = asker('egress');
  const into = asker('ingress');
  return (source, destination) => sets.and(out(source, destination), into(destination, source));
}
