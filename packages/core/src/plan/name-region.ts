import { type EndRef, type GroupRef, prefixRef } from './end-ref.ts';
import { memo } from './memo.ts';
import type { Region } from './outside.ts';
import type { Mark, PrefixNode, Side } from './prefix-tree.ts';
import { readGroupMark } from './remote-mark.ts';

/** Nodes that are in the region, or not in it, and hang together. */
interface Run {
  readonly top: PrefixNode;
  readonly marks: readonly Mark[];
  /** Those directly inside it. */
  readonly holes: Run[];
}

/**
 * Names for the addresses of a region that are no port's of the network: groups where their addresses are all in it, prefixes with
 * exceptions for the rest. Nodes that are not live have no such address: they count as what is around them.
 */
export function nameRegion(
  { atoms, has }: Region,
  { side, live }: { readonly side: Side; readonly live: Uint8Array },
): EndRef[] {
  const { nodes, around } = atoms;
  const { marks, places } = atoms.groups(side);
  /** For each node whether it is meant, and its run. */
  const meant = new Uint8Array(nodes.length);
  const runOf: Run[] = [];
  const inside: Run[] = [];
  for (let place = 0; place < nodes.length; place++) {
    const outer = around[place] ?? -1;
    const isIn = live[place] === 1 ? has[place] === 1 : meant[outer] === 1;
    meant[place] = isIn ? 1 : 0;
    const outerRun = runOf[outer];
    if (outerRun !== undefined && (meant[outer] === 1) === isIn) {
      runOf.push(outerRun);
      continue;
    }
    const run = { top: nodes[place] as PrefixNode, marks: marks[place] ?? [], holes: [] };
    runOf.push(run);
    if (isIn) inside.push(run);
    else outerRun?.holes.push(run);
  }
  const refOf = ({ top }: Run, except: readonly EndRef[]) => prefixRef(top.prefix, except);
  return name(inside, 1).map((part) =>
    'top' in part
      ? refOf(
          part,
          name(part.holes, 0).map((hole) => ('top' in hole ? refOf(hole, []) : hole)),
        )
      : part,
  );

  /** Groups that lie wholly among the runs, those that cover most of them first; and the runs that are left. */
  function name(list: readonly Run[], side: 0 | 1): (GroupRef | Run)[] {
    if (list.length === 0) return [];
    const left = new Set(list);
    const refs: GroupRef[] = [];
    const covered = new Map<Mark, Run[]>();
    const isWholly = memo(
      (mark: Mark) => places.get(mark)?.every((place) => live[place] === 0 || meant[place] === side) === true,
    );
    for (const run of list) {
      if (run.top.parent === null) continue;
      for (const mark of run.marks) {
        if (!isWholly(mark)) continue;
        const runs = covered.get(mark);
        if (runs === undefined) covered.set(mark, [run]);
        else runs.push(run);
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
