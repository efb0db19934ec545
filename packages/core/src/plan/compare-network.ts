import { BITS } from '../net/address.ts';
import type { Atoms } from './atoms.ts';
import { type EndpointClass, endpointClasses, SIDES } from './endpoint-classes.ts';
import { memo } from './memo.ts';
import { compareOutside, liveNodes, type OutsideAnswer, type OutsideQuestion, type Region } from './outside.ts';
import { NONE, type PacketSets } from './packet-sets.ts';
import type { PolicySide } from './policy-side.ts';
import type { MarkList, PrefixNode, PrefixTree, Side } from './prefix-tree.ts';
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
  /** Answers of compareOutside, which are the same for every network. */
  readonly outside: Map<string, OutsideAnswer>;
}

/** Which flows come or go on one network, in one family. Ends are places in `classes`. */
export interface NetworkFlows {
  readonly network: string;
  readonly family: Family;
  readonly classes: readonly EndpointClass[];
  /** Whether a node of atoms has addresses that are no port's of the network. */
  readonly live: (cut: Atoms) => (node: PrefixNode) => boolean;
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
  const { sides, sets, touched } = world;
  const tree = world.trees[family];
  const classes = endpointClasses(network, family, { sides, tree, verdicts: world.verdicts });
  const ingress = concerned(classes, { direction: 'ingress', family }, world);
  const egress = concerned(classes, { direction: 'egress', family }, world);
  if (ingress.size + egress.size === 0) return undefined;

  const taken = takenOn(network, family, world);
  const rows = {
    before: verdictRows(classes, 'before', family, world),
    after: verdictRows(classes, 'after', family, world),
  };
  const gained = new Map<number, Map<number, number[]>>();
  const lost = new Map<number, Map<number, number[]>>();
  for (const source of classes.keys()) {
    const sends = egress.get(source);
    for (const destination of sends === undefined ? ingress.keys() : classes.keys()) {
      if (sends?.[destination] !== 1 && ingress.get(destination)?.[source] !== 1) continue;
      const was = rows.before(source, destination);
      const is = rows.after(source, destination);
      if (was === is) continue;
      note(gained, sets.minus(is, was), source, destination);
      note(lost, sets.minus(was, is), source, destination);
    }
  }
  const live = memo((cut: Atoms) => liveNodes(cut, taken));
  const outside = { gained: [] as OutsideFlow[], lost: [] as OutsideFlow[] };
  for (const [end, { policy }] of classes.entries()) {
    for (const direction of ['ingress', 'egress'] as const) {
      if (!touched.isTouched(policy, { direction, family })) continue;
      const answer = askOutside({ policy, direction, family }, world);
      for (const change of ['gained', 'lost'] as const) {
        for (const { packets, region } of answer[change]) {
          const isLive = live(region.atoms);
          if (region.nodes.values().some(isLive)) outside[change].push({ end, direction, packets, region });
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
  way: Way,
  { verdicts, touched }: Comparison,
): Map<number, Uint8Array> {
  const known = new Map<string, Uint8Array>();
  const result = new Map<number, Uint8Array>();
  for (const [i, { policy }] of classes.entries()) {
    if (!touched.isTouched(policy, way)) continue;
    const key = `${policy.before}|${policy.after}`;
    let row = known.get(key);
    if (row === undefined) {
      const profileOf = (side: Side) => (policy[side] === null ? null : verdicts.profile(policy[side], side, way));
      const differs = profileChange(profileOf('before'), profileOf('after'));
      row = Uint8Array.from(classes, ({ marks }) => (differs(marks) ? 1 : 0));
      known.set(key, row);
    }
    result.set(i, row);
  }
  return result;
}

function askOutside(question: OutsideQuestion, world: Comparison): OutsideAnswer {
  const key = JSON.stringify(question);
  let answer = world.outside.get(key);
  if (answer === undefined) {
    answer = compareOutside(question, { ...world, tree: world.trees[question.family] });
    world.outside.set(key, answer);
  }
  return answer;
}

/** Gives the set of packets that one class may send to another on a side: what the one's rules let out and the other's let in. */
function verdictRows(classes: readonly EndpointClass[], side: Side, family: Family, { verdicts, sets }: Comparison) {
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
  const asker = (direction: Direction) => {
    const rows = new Map<string, { readonly profile: RuleProfile; readonly row: Int32Array }>();
    return (policy: string, place: number): number => {
      let known = rows.get(policy);
      if (known === undefined) {
        const profile = verdicts.profile(policy, side, { direction, family });
        known = { profile, row: new Int32Array(lists.length) };
        rows.set(policy, known);
      }
      // Zero is what is not known yet.
      let next = known.row[place] ?? 0;
      if (next === 0) {
        next = verdicts.allowed(known.profile, lists[place] ?? { marks: [], key: '' }) + 1;
        known.row[place] = next;
      }
      return next - 1;
    };
  };
  const out = asker('egress');
  const into = asker('ingress');
  return (source: number, destination: number): number => {
    const [from, to] = [classes[source]?.policy[side] ?? null, classes[destination]?.policy[side] ?? null];
    if (from === null || to === null) return NONE;
    return sets.and(out(from, marks[destination] ?? 0), into(to, marks[source] ?? 0));
  };
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
      for (const node of sides[side].ports.get(id)?.nodes ?? []) {
        if (node.prefix.family === family && node.prefix.length === BITS[family]) taken.add(node);
      }
    }
  }
  return taken;
}
