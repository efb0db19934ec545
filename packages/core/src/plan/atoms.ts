import { memo } from './memo.ts';
import { type Mark, type PrefixNode, type PrefixTree, type Side, sizeOf } from './prefix-tree.ts';
import { readGroupMark } from './remote-mark.ts';

/**
 * The addresses inside some prefixes, cut where marks of interest begin: each node stands for its prefix without the nodes below it, and
 * all addresses of that are alike in those marks. Nodes are known by their places, for a whole analysis walks them millions of times.
 */
export interface Atoms {
  /** From the outside in: every node comes after those around it. */
  readonly nodes: readonly PrefixNode[];
  /** For each node the nearest around it; -1 where there is none. */
  readonly around: Int32Array;
  /** Number of addresses of each node that are in none below it; beyond 2^53 about as many. */
  readonly sizes: Float64Array;
  /** The node whose addresses a node's are, itself or the nearest around it. */
  placeAround(node: PrefixNode): number | undefined;
  /** Of the marks of interest those of groups. */
  groups(side: Side): GroupPlaces;
}

export interface GroupPlaces {
  /** For each node. */
  readonly marks: readonly (readonly Mark[])[];
  /** Nodes that have a mark. */
  readonly places: ReadonlyMap<Mark, readonly number[]>;
}

export function atoms(tree: PrefixTree, tops: readonly PrefixNode[], marks: ReadonlySet<Mark>): Atoms {
  const found = new Set(tops);
  for (const mark of marks) {
    for (const node of tree.nodesOf(mark)) if (isWithin(node, tops)) found.add(node);
  }
  const nodes = [...found].sort((a, b) => a.prefix.length - b.prefix.length);
  const placeOf = new Map(nodes.map((node, place) => [node, place]));
  const placeAround = (node: PrefixNode | null): number | undefined => {
    for (let at = node; at !== null; at = at.parent) {
      const place = placeOf.get(at);
      if (place !== undefined) return place;
    }
    return undefined;
  };
  const around = Int32Array.from(nodes, ({ parent }) => placeAround(parent) ?? -1);
  const sizes = nodes.map(({ prefix }) => sizeOf(prefix));
  for (const [place, { prefix }] of nodes.entries()) {
    const outer = around[place] ?? -1;
    if (outer >= 0) sizes[outer] = (sizes[outer] ?? 0n) - sizeOf(prefix);
  }
  return {
    nodes,
    around,
    sizes: Float64Array.from(sizes, Number),
    placeAround,
    groups: memo((side: Side) => groupPlaces(nodes, side, marks)),
  };
}

function groupPlaces(nodes: readonly PrefixNode[], side: Side, interest: ReadonlySet<Mark>): GroupPlaces {
  const marks = nodes.map((node) =>
    node.marks(side).marks.filter((mark) => interest.has(mark) && readGroupMark(mark) !== undefined),
  );
  const places = new Map<Mark, number[]>();
  for (const [place, list] of marks.entries()) {
    for (const mark of list) {
      const known = places.get(mark);
      if (known === undefined) places.set(mark, [place]);
      else known.push(place);
    }
  }
  return { marks, places };
}

function isWithin(node: PrefixNode, tops: readonly PrefixNode[]): boolean {
  for (let at: PrefixNode | null = node; at !== null; at = at.parent) if (tops.includes(at)) return true;
  return false;
}
