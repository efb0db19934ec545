import { type EndRef, type GroupRef, prefixRef } from './end-ref.ts';
import { memo } from './memo.ts';
import type { Region } from './outside.ts';
import { readGroupMark } from './policy-side.ts';
import type { Mark, PrefixNode, Side } from './prefix-tree.ts';

/** Nodes that are in the region, or not in it, and hang together. */
interface Run {
  readonly top: PrefixNode;
  readonly live: PrefixNode[];
}

/**
 * Names for the addresses of a region that are no port's of the network: groups where their addresses are all in it, prefixes with
 * exceptions for the rest. Nodes that are not live have no such address: they count as what is around them.
 */
export function nameRegion(
  { atoms, nodes }: Region,
  { side, isLive }: { readonly side: Side; readonly isLive: (node: PrefixNode) => boolean },
): EndRef[] {
  const runOf = new Map<PrefixNode, Run>();
  const inside = new Set<Run>();
  const runs: Run[] = [];
  const marked = new Map<Mark, PrefixNode[]>();
  const marksOf = atoms.groupMarks(side);
  for (const node of atoms.nodes) {
    const around = atoms.around(node);
    const outer = around && runOf.get(around);
    const live = isLive(node);
    const isIn = live ? nodes.has(node) : outer !== undefined && inside.has(outer);
    let run = outer;
    if (run === undefined || inside.has(run) !== isIn) {
      run = { top: node, live: [] };
      runs.push(run);
      if (isIn) inside.add(run);
    }
    runOf.set(node, run);
    if (!live) continue;
    run.live.push(node);
    for (const mark of marksOf.get(node) ?? []) {
      const list = marked.get(mark);
      if (list === undefined) marked.set(mark, [node]);
      else list.push(node);
    }
  }
  const isNodeIn = (node: PrefixNode): boolean => inside.has(runOf.get(node) as Run);
  const holes = Map.groupBy(
    runs.filter((each) => !inside.has(each)),
    ({ top }) => runOf.get(atoms.around(top) ?? top),
  );
  return name([...inside], isNodeIn).flatMap((part) =>
    'top' in part
      ? prefixRef(
          part.top.prefix,
          name(holes.get(part) ?? [], (node) => !isNodeIn(node)).map((hole) =>
            'top' in hole ? prefixRef(hole.top.prefix, []) : hole,
          ),
        )
      : part,
  );

  /** Groups that lie wholly among the runs, those that cover most of them first; and the runs that are left. */
  function name(list: readonly Run[], isMeant: (node: PrefixNode) => boolean): (GroupRef | Run)[] {
    const left = new Set(list);
    const refs: GroupRef[] = [];
    const covered = new Map<Mark, Run[]>();
    const isWholly = memo((mark: Mark) => marked.get(mark)?.every(isMeant) === true);
    for (const run of list) {
      if (run.top.parent === null) continue;
      for (const mark of marksOf.get(run.top) ?? []) {
        if (!isWholly(mark)) continue;
        const list = covered.get(mark);
        if (list === undefined) covered.set(mark, [run]);
        else list.push(run);
      }
    }
    const order = [...covered].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
    for (const [mark, found] of order) {
      const group = readGroupMark(mark);
      if (group === undefined || !found.some((run) => left.has(run))) continue;
      refs.push({ ...group, where: 'elsewhere' });
      for (const run of found) left.delete(run);
    }
    return [...refs, ...left];
  }
}
