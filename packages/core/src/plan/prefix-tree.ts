import { BITS } from '../net/address.ts';
import { lastOf, type Prefix, prefixOf } from '../net/prefix.ts';

/** The state before a change, and the one after it. */
export type Side = 'before' | 'after';

/** What a prefix is marked with: that an address of a port is there, or a remote of rules (see remote-mark.ts). */
export type Mark = string;

/** A marked prefix; its marks hold for everything inside. */
export interface PrefixNode {
  readonly prefix: Prefix;
  /** The smallest marked prefix around it; null for the whole family. */
  readonly parent: PrefixNode | null;
  /** Marks of this very prefix, on either side. */
  readonly own: ReadonlyMap<Mark, Readonly<Record<Side, number>>>;
  /** Marks that hold for its addresses, its own and those around it. */
  marks(side: Side): MarkList;
}

/** Marks without doubles, sorted; `key` is the same for the same marks. */
export interface MarkList {
  readonly marks: readonly Mark[];
  readonly key: string;
}

export const NO_MARKS: MarkList = { marks: [], key: '' };

/**
 * Marked prefixes of one family. Prefixes are nested or apart, so they form a tree, and all addresses alike in their marks are those of a
 * few nodes: nothing has to be asked address by address.
 */
export interface PrefixTree {
  /** 0.0.0.0/0 or ::/0, always there. */
  readonly root: PrefixNode;
  /** Adds a mark, or takes away (-1) one that was added as often. The node stays the prefix's as long as it has a mark. */
  count(prefix: Prefix, mark: Mark, side: Side, by: 1 | -1): PrefixNode;
  /** Prefixes with a mark on either side. */
  nodesOf(mark: Mark): Iterable<PrefixNode>;
}

interface Node extends PrefixNode {
  parent: Node | null;
  readonly children: Set<Node>;
  readonly own: Map<Mark, Record<Side, number>>;
  /** Lists of `marks`, as far as they were asked for since the last change. */
  readonly lists: Record<Side, MarkList | undefined>;
}

export function prefixTree(family: 4 | 6): PrefixTree {
  const byLength = new Map<number, Map<bigint, Node>>();
  const nodesOf = new Map<Mark, Set<Node>>();
  let lengths: number[] = [];
  const root = makeNode({ family, first: 0n, length: 0 }, null);
  keep(root);

  function keep(node: Node): void {
    const { first, length } = node.prefix;
    let nodes = byLength.get(length);
    if (nodes === undefined) {
      nodes = new Map();
      byLength.set(length, nodes);
      lengths = [...byLength.keys()].sort((a, b) => b - a);
    }
    nodes.set(first, node);
  }

  function find({ first, length }: Prefix): Node | undefined {
    return byLength.get(length)?.get(first);
  }

  function around(prefix: Prefix): Node {
    const address = { family, value: prefix.first };
    for (const length of lengths) {
      if (length >= prefix.length) continue;
      const found = find(prefixOf(address, length));
      if (found !== undefined) return found;
    }
    return root;
  }

  function grow(prefix: Prefix): Node {
    const parent = around(prefix);
    const node = makeNode(prefix, parent);
    if (prefix.length < (lengths[0] ?? 0)) {
      for (const child of parent.children) {
        if (child.prefix.first < prefix.first || child.prefix.first > lastOf(prefix)) continue;
        parent.children.delete(child);
        for (const side of ['before', 'after'] as const) forget(child, side);
        child.parent = node;
        node.children.add(child);
      }
    }
    parent.children.add(node);
    keep(node);
    return node;
  }

  function drop(node: Node): void {
    if (node.parent === null) return;
    node.parent.children.delete(node);
    for (const child of node.children) {
      child.parent = node.parent;
      node.parent.children.add(child);
    }
    byLength.get(node.prefix.length)?.delete(node.prefix.first);
  }

  return {
    root,
    nodesOf: (mark) => nodesOf.get(mark) ?? [],
    count(prefix, mark, side, by) {
      const node = find(prefix) ?? grow(prefix);
      const counts = node.own.get(mark) ?? { before: 0, after: 0 };
      counts[side] += by;
      if (counts[side] === (by === 1 ? 1 : 0)) forget(node, side);
      if (counts.before + counts.after > 0) {
        node.own.set(mark, counts);
        const nodes = nodesOf.get(mark);
        if (nodes === undefined) nodesOf.set(mark, new Set([node]));
        else nodes.add(node);
        return node;
      }
      node.own.delete(mark);
      const nodes = nodesOf.get(mark);
      nodes?.delete(node);
      if (nodes?.size === 0) nodesOf.delete(mark);
      if (node.own.size === 0) drop(node);
      return node;
    },
  };
}

function makeNode(prefix: Prefix, parent: Node | null): Node {
  const node: Node = {
    prefix,
    parent,
    children: new Set(),
    own: new Map(),
    lists: { before: undefined, after: undefined },
    marks(side) {
      node.lists[side] ??= listOf(node, side);
      return node.lists[side];
    },
  };
  return node;
}

function listOf({ own, parent }: Node, side: Side): MarkList {
  const around = parent?.marks(side) ?? NO_MARKS;
  const marks = new Set(around.marks);
  for (const [mark, counts] of own) if (counts[side] > 0) marks.add(mark);
  if (marks.size === around.marks.length) return around;
  const sorted = [...marks].sort();
  return { marks: sorted, key: sorted.join('\n') };
}

/** A mark came or went: what was known of the addresses inside holds no more. Nothing is known below where nothing is. */
function forget(node: Node, side: Side): void {
  if (node.lists[side] === undefined) return;
  node.lists[side] = undefined;
  for (const child of node.children) forget(child, side);
}

/** Number of addresses of a prefix. */
export function sizeOf({ family, length }: Prefix): bigint {
  return 1n << BigInt(BITS[family] - length);
}
