import { memo } from './memo.ts';
import { readGroupMark } from './policy-side.ts';
import { type Mark, type PrefixNode, type PrefixTree, type Side, sizeOf } from './prefix-tree.ts';

/**
 * The addresses inside some prefixes, cut where marks of interest begin: each node stands for its prefix without the nodes below it, and
 * all addresses of that are alike in those marks.
 */
export interface Atoms {
  readonly marks: ReadonlySet<Mark>;
  /** From the outside in: every node comes after those around it. */
  readonly nodes: readonly PrefixNode[];
  /** The node whose addresses a node's are, itself or the nearest around it. */
  of(node: PrefixNode): PrefixNode | undefined;
  /** The nearest node around a node. */
  around(node: PrefixNode): PrefixNode | undefined;
  /** Number of addresses of a node that are in none below it. */
  sizeOf(node: PrefixNode): bigint;
  /** Of the marks of interest those of groups, for each node. */
  groupMarks(side: Side): ReadonlyMap<PrefixNode, readonly Mark[]>;
}

export function atoms(tree: PrefixTree, tops: readonly PrefixNode[], marks: ReadonlySet<Mark>): Atoms {
  const nodes = new Set(tops);
  for (const mark of marks) {
    for (const node of tree.nodesOf(mark)) if (nearest(node, (each) => tops.includes(each))) nodes.add(node);
  }
  const isOne = (node: PrefixNode): boolean => nodes.has(node);
  const around = new Map<PrefixNode, PrefixNode>();
  const sizes = new Map<PrefixNode, bigint>();
  for (const node of nodes) sizes.set(node, sizeOf(node.prefix));
  for (const node of nodes) {
    const outer = node.parent === null ? undefined : nearest(node.parent, isOne);
    if (outer === undefined) continue;
    around.set(node, outer);
    sizes.set(outer, (sizes.get(outer) ?? 0n) - sizeOf(node.prefix));
  }
  return {
    marks,
    nodes: [...nodes].sort((a, b) => a.prefix.length - b.prefix.length),
    of: (node) => nearest(node, isOne),
    around: (node) => around.get(node),
    sizeOf: (node) => sizes.get(node) ?? 0n,
    groupMarks: memo((side: Side) => new Map([...nodes].map((node) => [node, groupMarksOf(node, side, marks)]))),
  };
}

function groupMarksOf(node: PrefixNode, side: Side, marks: ReadonlySet<Mark>): readonly Mark[] {
  return node.marks(side).marks.filter((mark) => marks.has(mark) && readGroupMark(mark) !== undefined);
}

function nearest(node: PrefixNode, isOne: (node: PrefixNode) => boolean): PrefixNode | undefined {
  for (let at: PrefixNode | null = node; at !== null; at = at.parent) if (isOne(at)) return at;
  return undefined;
}
