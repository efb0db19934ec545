import { BITS } from '../net/address.ts';
import { type Atoms, atoms } from './atoms.ts';
import { NONE, type PacketSets } from './packet-sets.ts';
import type { PrefixNode, PrefixTree, Side } from './prefix-tree.ts';
import type { RuleProfile } from './rule-profile.ts';
import type { Verdicts } from './verdicts.ts';

/** What ports of one class gain or lose with addresses that are no port's of their network. */
export interface OutsideChange {
  /** Number of the set of packets. */
  readonly packets: number;
  readonly region: Region;
}

/** Some of the addresses there are. */
export interface Region {
  readonly atoms: Atoms;
  /** For each node of `atoms` whether its addresses are in the region. */
  readonly has: Uint8Array;
  /** The same for the same addresses, whichever rules cut them out. */
  readonly key: string;
}

export interface OutsideAnswer {
  readonly gained: readonly OutsideChange[];
  readonly lost: readonly OutsideChange[];
}

/** Compares what rules allow with every address there is, whoever may have it. Null where the port is not there. */
export function compareOutside(
  profiles: Readonly<Record<Side, RuleProfile | null>>,
  world: { readonly tree: PrefixTree; readonly verdicts: Verdicts; readonly sets: PacketSets },
): OutsideAnswer {
  const { tree, verdicts, sets } = world;
  const named = new Set([...(profiles.before?.named ?? []), ...(profiles.after?.named ?? [])]);
  const cut = atoms(tree, [tree.root], named);
  const allowed = (node: PrefixNode, side: Side): number => {
    const profile = profiles[side];
    return profile === null ? NONE : verdicts.allowed(profile, node.marks(side));
  };
  const gained = new Map<number, number[]>();
  const lost = new Map<number, number[]>();
  for (const [place, node] of cut.nodes.entries()) {
    const [was, is] = [allowed(node, 'before'), allowed(node, 'after')];
    put(gained, sets.minus(is, was), place);
    put(lost, sets.minus(was, is), place);
  }
  const changes = (found: Map<number, number[]>) =>
    [...found].map(([packets, places]) => ({ packets, region: regionOf(cut, places) }));
  return { gained: changes(gained), lost: changes(lost) };
}

function put(found: Map<number, number[]>, packets: number, place: number): void {
  if (packets === NONE) return;
  const places = found.get(packets);
  if (places === undefined) found.set(packets, [place]);
  else places.push(place);
}

function regionOf(cut: Atoms, places: readonly number[]): Region {
  const has = new Uint8Array(cut.nodes.length);
  for (const place of places) has[place] = 1;
  // Where the region begins and where it ends; what lies between is cut for reasons of its own.
  const edges = cut.nodes.filter((_, place) => has[place] !== (has[cut.around[place] ?? -1] ?? 0));
  const key = edges
    .map(({ prefix }) => `${prefix.first}/${prefix.length}`)
    .sort()
    .join();
  return { atoms: cut, has, key };
}

/** Whether some of a region's nodes are live. */
export function isAlive({ has }: Region, live: Uint8Array): boolean {
  for (let place = 0; place < has.length; place++) if (has[place] === 1 && live[place] === 1) return true;
  return false;
}

/**
 * For each node of atoms whether it has addresses beside those that ports of the network have (`taken`, single addresses), on either
 * side of the change: a port's address that comes or goes is a matter of the port, not of the outside.
 */
export function liveNodes(cut: Atoms, taken: ReadonlySet<PrefixNode>): Uint8Array {
  const live = new Uint8Array(cut.nodes.length);
  let isTight = false;
  for (const [place, node] of cut.nodes.entries()) {
    const { family, length } = node.prefix;
    const size = cut.sizes[place] ?? 0;
    if (length === BITS[family]) live[place] = taken.has(node) ? 0 : 1;
    else {
      live[place] = size > 0 ? 1 : 0;
      if (size > 0 && size <= taken.size) isTight = true;
    }
  }
  if (!isTight) return live;
  const left = cut.sizes.slice();
  for (const address of taken) {
    const place = cut.placeAround(address);
    if (place === undefined) continue;
    const rest = (left[place] ?? 0) - 1;
    left[place] = rest;
    if (rest === 0) live[place] = 0;
  }
  return live;
}
