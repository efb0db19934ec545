import { type PrefixRef, prefixRef } from './end-ref.ts';
import { memo } from './memo.ts';
import type { PrefixNode } from './prefix-tree.ts';

/** What prefixes hold of some lists of addresses, by their places. */
export interface Held {
  /** For each of the prefixes the lists that it holds some address of. */
  readonly touched: ReadonlyMap<PrefixRef, readonly number[]>;
  /** Lists of which every address is in one of the prefixes. */
  readonly whole: readonly number[];
}

interface Holding {
  readonly some: readonly number[];
  readonly whole: readonly number[];
}

/** Asked for many regions of the same network: what a prefix holds is found once, and addresses are looked at only where prefixes share a list. */
export function prefixHolder(lists: readonly (readonly PrefixNode[])[]): (refs: readonly PrefixRef[]) => Held {
  const nodes = lists.flat();
  const placeOf = Int32Array.from(lists.flatMap((list, place) => list.map(() => place)));
  /** Places in `nodes`, by the prefixes around them. */
  const inside = new Map<string, number[]>();
  const textOf = memo(({ prefix }: PrefixNode) => prefixRef(prefix, []).prefix);
  for (const [i, node] of nodes.entries()) {
    for (let at: PrefixNode | null = node; at !== null; at = at.parent) {
      const list = inside.get(textOf(at));
      if (list === undefined) inside.set(textOf(at), [i]);
      else list.push(i);
    }
  }
  const nodesIn = (prefix: string): readonly number[] => inside.get(prefix) ?? [];
  const plain = memo((prefix: string) => holdingOf(nodesIn(prefix)));

  /** Nodes in a prefix, less those in the prefixes among its exceptions; null where no exception matters. */
  function nodesLess({ prefix, except }: PrefixRef): readonly number[] | null {
    const holes = except.flatMap((ref) => (ref.kind === 'prefix' ? nodesIn(ref.prefix) : []));
    if (holes.length === 0) return null;
    const isHole = new Uint8Array(nodes.length);
    for (const i of holes) isHole[i] = 1;
    return nodesIn(prefix).filter((i) => isHole[i] === 0);
  }

  function holdingOf(held: readonly number[]): Holding {
    const some: number[] = [];
    const whole: number[] = [];
    let count = 0;
    for (const [at, i] of held.entries()) {
      const place = placeOf[i] ?? 0;
      // Nodes of a list follow each other.
      if (some.at(-1) !== place) {
        some.push(place);
        count = 0;
      }
      count++;
      if (placeOf[held[at + 1] ?? -1] !== place && count === lists[place]?.length) whole.push(place);
    }
    return { some, whole };
  }

  return (refs) => {
    const touched = new Map<PrefixRef, readonly number[]>();
    const holdings = refs.map((ref) => {
      const less = nodesLess(ref);
      const holding = less === null ? plain(ref.prefix) : holdingOf(less);
      touched.set(ref, holding.some);
      return holding;
    });
    const [only, ...others] = holdings.filter(({ some }) => some.length > 0);
    if (others.length === 0) return { touched, whole: only?.whole ?? [] };
    const all = new Set(refs.flatMap((ref) => nodesLess(ref) ?? nodesIn(ref.prefix)));
    return { touched, whole: holdingOf([...all].sort((a, b) => a - b)).whole };
  };
}
