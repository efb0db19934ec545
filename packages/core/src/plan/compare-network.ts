import { BITS } from '../net/address.ts';
import type { Atoms } from './atoms.ts';
import { type EndpointClass, endpointClasses, SIDES } from './endpoint-classes.ts';
import { memo } from './memo.ts';
import { compareOutside, isAlive, liveNodes, type OutsideAnswer, type Region } from './outside.ts';
import { NONE, type PacketSets } from './packet-sets.ts';
import { type ClassProfiles, pairVerdicts } from './pair-verdicts.ts';
import type { PolicySide } from './policy-side.ts';
import { NO_MARKS, type PrefixNode, type PrefixTree, type Side } from './prefix-tree.ts';
import { profileChange } from './profile-change.ts';
import type { Direction, Family, RuleProfile, Way } from './rule-profile.ts';
import type { Touched } from './touched.ts';
import type { Verdicts } from './verdicts.ts';

export interface Comparison {
  readonly sides: Readonly<Record<Side, PolicySide>>;
  readonly trees: Readonly<Record<Family, PrefixTree>>;
  readonly verdicts: Verdicts;
  readonly sets: PacketSets;
  readonly touched: Touched;
  /** Answers of compareOutside, which are the same for every network, by the profiles asked about. */
  readonly outside: Map<string, OutsideAnswer>;
}

/** Which flows come or go on one network, in one family. Ends are places in `classes`. */
export interface NetworkFlows {
  readonly network: string;
  readonly family: Family;
  readonly classes: readonly EndpointClass[];
  /** For each node of atoms whether it has addresses that are no port's of the network. */
  readonly live: (cut: Atoms) => Uint8Array;
  readonly gained: FlowChanges;
  readonly lost: FlowChanges;
}

export interface FlowChanges {
  /** By number of the set of packets: the destinations of each source. A class to itself stands for two ports of it. */
  readonly pairs: ReadonlyMap<number, ReadonlyMap<number, readonly number[]>>;
  readonly outside: readonly OutsideFlow[];
}

export interface OutsideFlow {
  readonly end: number;
  /** Of the end: "ingress" is what comes from outside. */
  readonly direction: Direction;
  readonly packets: number;
  readonly region: Region;
}

/** Undefined where nothing changes. */
export function compareNetwork(network: string, family: Family, world: Comparison): NetworkFlows | undefined {
  const { sides, sets, verdicts, touched } = world;
  const classes = endpointClasses(network, family, { sides, tree: world.trees[family], verdicts });
  const profilesOf = (direction: Direction): ClassProfiles => {
    const of = (side: Side) => (i: number) => {
      const policy = classes[i]?.policy[side] ?? null;
      const own = classes[i]?.marks[side] ?? NO_MARKS;
      return policy === null ? null : verdicts.profile({ policy, own }, side, { direction, family });
    };
    return { before: memo(of('before')), after: memo(of('after')) };
  };
  const profiles = { ingress: profilesOf('ingress'), egress: profilesOf('egress') };
  const ingress = concerned(classes, profiles.ingress, { way: { direction: 'ingress', family }, touched });
  const egress = concerned(classes, profiles.egress, { way: { direction: 'egress', family }, touched });
  if (ingress.size + egress.size === 0) return undefined;

  const before = pairVerdicts(classes, 'before', { profiles, verdicts, sets });
  const after = pairVerdicts(classes, 'after', { profiles, verdicts, sets });
  const gained = new Map<number, Map<number, number[]>>();
  const lost = new Map<number, Map<number, number[]>>();
  for (const source of classes.keys()) {
    const sends = egress.get(source);
    for (const destination of sends === undefined ? ingress.keys() : classes.keys()) {
      if (sends?.[destination] !== 1 && ingress.get(destination)?.[source] !== 1) continue;
      const was = before(source, destination);
      const is = after(source, destination);
      if (was === is) continue;
      note(gained, sets.minus(is, was), source, destination);
      note(lost, sets.minus(was, is), source, destination);
    }
  }
  const taken = takenOn(network, family, world);
  const live = memo((cut: Atoms) => liveNodes(cut, taken));
  const outside = { gained: [] as OutsideFlow[], lost: [] as OutsideFlow[] };
  for (const [direction, ends] of [
    ['ingress', ingress],
    ['egress', egress],
  ] as const) {
    for (const end of ends.keys()) {
      const answer = askOutside(
        { before: profiles[direction].before(end), after: profiles[direction].after(end) },
        family,
        world,
      );
      for (const change of ['gained', 'lost'] as const) {
        for (const { packets, region } of answer[change]) {
          if (isAlive(region, live(region.atoms))) outside[change].push({ end, direction, packets, region });
        }
      }
    }
  }
  if (gained.size + lost.size + outside.gained.length + outside.lost.length === 0) return undefined;
  return {
    network,
    family,
    classes,
    live,
    gained: { pairs: gained, outside: outside.gained },
    lost: { pairs: lost, outside: outside.lost },
  };
}

/** For each touched class: with which classes what its own rules allow can differ. */
function concerned(
  classes: readonly EndpointClass[],
  profiles: ClassProfiles,
  { way, touched }: { readonly way: Way; readonly touched: Touched },
): Map<number, Uint8Array> {
  const known = new Map<string, Uint8Array>();
  const result = new Map<number, Uint8Array>();
  for (const [i, { policy }] of classes.entries()) {
    if (!touched.isTouched(policy, way)) continue;
    const [before, after] = [profiles.before(i), profiles.after(i)];
    const key = keyOf(before, after);
    let row = known.get(key);
    if (row === undefined) {
      const differs = profileChange(before, after);
      row = new Uint8Array(classes.length);
      for (const [other, { marks }] of classes.entries()) row[other] = differs(marks) ? 1 : 0;
      known.set(key, row);
    }
    result.set(i, row);
  }
  return result;
}

function askOutside(
  profiles: Readonly<Record<Side, RuleProfile | null>>,
  family: Family,
  { outside, trees, verdicts, sets }: Comparison,
): OutsideAnswer {
  const key = keyOf(profiles.before, profiles.after);
  let answer = outside.get(key);
  if (answer === undefined) {
    answer = compareOutside(profiles, { tree: trees[family], verdicts, sets });
    outside.set(key, answer);
  }
  return answer;
}

function keyOf(before: RuleProfile | null, after: RuleProfile | null): string {
  return `${before?.id}|${after?.id}`;
}

function note(found: Map<number, Map<number, number[]>>, packets: number, source: number, destination: number): void {
  if (packets === NONE) return;
  let bySource = found.get(packets);
  if (bySource === undefined) {
    bySource = new Map();
    found.set(packets, bySource);
  }
  const destinations = bySource.get(source);
  if (destinations === undefined) bySource.set(source, [destination]);
  else destinations.push(destination);
}

function takenOn(network: string, family: Family, { sides }: Comparison): Set<PrefixNode> {
  const taken = new Set<PrefixNode>();
  for (const side of SIDES) {
    for (const id of sides[side].portsOn(network)) {
      const known = sides[side].ports.get(id);
      // Most ports are the same on both sides: once is enough.
      if (side === 'after' && sides.before.ports.get(id)?.port === known?.port) continue;
      for (const node of known?.nodes ?? []) {
        if (node.prefix.family === family && node.prefix.length === BITS[family]) taken.add(node);
      }
    }
  }
  return taken;
}
