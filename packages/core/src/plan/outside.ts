import { type Atoms, atoms } from './atoms.ts';
import { NONE, type PacketSets } from './packet-sets.ts';
import type { Policy } from './policy.ts';
import type { PrefixNode, PrefixTree, Side } from './prefix-tree.ts';
import type { Direction, Family } from './rule-profile.ts';
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
  /** Nodes of `atoms` whose addresses are in the region. */
  readonly nodes: ReadonlySet<PrefixNode>;
}

export interface OutsideQuestion {
  /** Null where the port is not there. */
  readonly policy: Readonly<Record<Side, Policy | null>>;
  /** Of the port: "ingress" is what comes from outside. */
  readonly direction: Direction;
  readonly family: Family;
}

export interface OutsideAnswer {
  readonly gained: readonly OutsideChange[];
  readonly lost: readonly OutsideChange[];
}

/** Compares what rules allow with every address there is, whoever may have it. */
export function compareOutside(
  question: OutsideQuestion,
  world: { readonly tree: PrefixTree; readonly verdicts: Verdicts; readonly sets: PacketSets },
): OutsideAnswer {
  const { policy, direction, family } = question;
  const { tree, verdicts, sets } = world;
  const profileOf = (side: Side) => {
    const name = policy[side];
    return name === null ? null : verdicts.profile(name, side, { direction, family });
  };
  const profiles = { before: profileOf('before'), after: profileOf('after') };
  const named = new Set([...(profiles.before?.byMark.keys() ?? []), ...(profiles.after?.byMark.keys() ?? [])]);
  const cut = atoms(tree, [tree.root], named);
  const allowed = (node: PrefixNode, side: Side): number => {
    const profile = profiles[side];
    return profile === null ? NONE : verdicts.allowed(profile, verdicts.project(node.marks(side), named));
  };
  const gained = new Map<number, Set<PrefixNode>>();
  const lost = new Map<number, Set<PrefixNode>>();
  for (const node of cut.nodes) {
    const [was, is] = [allowed(node, 'before'), allowed(node, 'after')];
    put(gained, sets.minus(is, was), node);
    put(lost, sets.minus(was, is), node);
  }
  const changes = (found: Map<number, Set<PrefixNode>>) =>
    [...found].map(([packets, nodes]) => ({ packets, region: { atoms: cut, nodes } }));
  return { gained: changes(gained), lost: changes(lost) };
}

function put(found: Map<number, Set<PrefixNode>>, packets: number, node: PrefixNode): void {
  if (packets === NONE) return;
  const nodes = found.get(packets);
  if (nodes === undefined) found.set(packets, new Set([node]));
  else nodes.add(node);
}

/**
 * Whether a node of atoms has addresses beside those that ports of the network have (`taken`, single addresses), on either side of the
 * change: a port's address that comes or goes is a matter of the port, not of the outside.
 */
export function liveNodes(cut: Atoms, taken: ReadonlySet<PrefixNode>): (node: PrefixNode) => boolean {
  let used: Map<PrefixNode, bigint> | undefined;
  const usedOf = (node: PrefixNode): bigint => {
    if (used === undefined) {
      used = new Map();
      for (const address of taken) {
        const within = cut.of(address);
        if (within !== undefined) used.set(within, (used.get(within) ?? 0n) + 1n);
      }
    }
    return used.get(node) ?? 0n;
  };
  const most = BigInt(taken.size);
  return (node) => cut.sizeOf(node) > most || cut.sizeOf(node) > usedOf(node);
}
