import { parsePrefix, prefixHolds } from '../net/prefix.ts';
import type { NetworkFlows } from './compare-network.ts';
import { type EndRef, type GroupRef, type PrefixRef, prefixRef } from './end-ref.ts';
import { memo } from './memo.ts';
import { nameRegion } from './name-region.ts';
import type { Region } from './outside.ts';
import { groupsOf } from './policy.ts';
import { addressGroupMark } from './policy-side.ts';
import type { PrefixNode, Side } from './prefix-tree.ts';
import type { FlowEnds } from './rectangles.ts';

/** Says ends of flows on one network in names, exactly: what the names stand for on a side is what was asked, no more and no less. */
export function endNamer(flows: NetworkFlows, side: Side): (ends: FlowEnds) => EndRef[] {
  const { classes, network, live } = flows;
  /** Classes of each port that is there. */
  const classesOf = new Map<string, Set<number>>();
  const members = new Map<string, Set<string>>();
  for (const [i, each] of classes.entries()) {
    const name = each.policy[side];
    if (name === null) continue;
    for (const { port } of each.endpoints) {
      add(classesOf, port, i);
      for (const group of groupsOf(name)) add(members, group, port);
    }
  }
  const groups = [...members].sort(([a, x], [b, y]) => y.size - x.size || (a < b ? -1 : 1));

  // The same region is an end of many rectangles.
  const nameOf = memo((region: Region) => nameRegion(region, { side, isLive: live(region.atoms) }));

  return function nameEnds({ classes: list, region }) {
    const all = new Set(list.filter((i) => classes[i]?.policy[side] !== null));
    if (region === null) return namePorts(all, all);
    return complete(nameOf(region), all);
  };

  /** Adds what the region's names do not say of the network's own ports: those that are meant beside, those that are not meant though inside. */
  function complete(refs: readonly EndRef[], all: ReadonlySet<number>): EndRef[] {
    const named = new Set<number>();
    const covers = new Map(refs.flatMap((ref) => (ref.kind === 'prefix' ? [[ref, cover(ref)] as const] : [])));
    const result = refs.map((ref): EndRef => {
      if (ref.kind === 'group' || ref.kind === 'addressGroup') return widened(ref, all, named);
      if (ref.kind !== 'prefix') return ref;
      const others = new Set(
        classes.keys().filter((i) => isThere(i) && !all.has(i) && nodesOf(i).some((node) => covers.get(ref)?.(node))),
      );
      return { ...ref, except: exceptions(ref, others) };
    });
    for (const i of all) if (nodesOf(i).every((node) => covers.values().some((each) => each(node)))) named.add(i);
    return [...result, ...namePorts(all.difference(named), all)];
  }

  function exceptions({ except }: PrefixRef, others: ReadonlySet<number>): EndRef[] {
    const named = new Set<number>();
    const outside = except.map((ref) =>
      ref.kind === 'group' || ref.kind === 'addressGroup' ? widened(ref, others, named) : ref,
    );
    return [...outside, ...namePorts(others.difference(named), others)];
  }

  /** A group whose addresses elsewhere are meant stands for its ports on the network too, when those are meant as well. */
  function widened(ref: GroupRef, all: ReadonlySet<number>, named: Set<number>): GroupRef {
    const here = classesIn(ref);
    if (!here.every((i) => all.has(i))) return ref;
    for (const i of here) named.add(i);
    return { ...ref, where: 'everywhere' };
  }

  function classesIn({ kind, id }: GroupRef): number[] {
    if (kind === 'group') return [...(members.get(id) ?? [])].flatMap((port) => [...(classesOf.get(port) ?? [])]);
    const mark = addressGroupMark(id);
    return classes
      .keys()
      .filter((i) => isThere(i) && classes[i]?.marks[side].marks.includes(mark))
      .toArray();
  }

  /** Names for `wanted`, which may stand for more of `all`. */
  function namePorts(wanted: ReadonlySet<number>, all: ReadonlySet<number>): EndRef[] {
    const ports = new Set([...wanted].flatMap((i) => classes[i]?.endpoints.map(({ port }) => port) ?? []));
    const whole = new Set(ports.values().filter((port) => isWhole(port, all)));
    const refs: EndRef[] = [];
    const everybody = whole.size > 1 && classesOf.keys().every((port) => isWhole(port, all));
    for (const [id, ids] of groups) {
      if (whole.size === 0 || (everybody && ids.size < classesOf.size)) break;
      if (ids.isDisjointFrom(whole) || !ids.values().every((port) => isWhole(port, all))) continue;
      refs.push({ kind: 'group', id, where: 'here' });
      for (const port of ids) whole.delete(port);
    }
    if (everybody && whole.size > 0) return [...refs, { kind: 'network', id: network }];
    for (const id of whole) refs.push({ kind: 'port', id, addresses: null });
    for (const id of ports) if (!isWhole(id, all)) refs.push({ kind: 'port', id, addresses: addressesOf(id, wanted) });
    return refs;
  }

  function isThere(i: number): boolean {
    return classes[i]?.policy[side] !== null;
  }

  function isWhole(port: string, all: ReadonlySet<number>): boolean {
    return classesOf.get(port)?.isSubsetOf(all) === true;
  }

  function nodesOf(i: number): PrefixNode[] {
    return classes[i]?.endpoints.map(({ node }) => node) ?? [];
  }

  /** The addresses of a port that are in some of its classes. */
  function addressesOf(port: string, wanted: ReadonlySet<number>): PrefixRef[] {
    const nodes = new Map<PrefixNode, boolean>();
    for (const i of classesOf.get(port) ?? []) {
      for (const end of classes[i]?.endpoints ?? []) if (end.port === port) nodes.set(end.node, wanted.has(i));
    }
    const around = ({ parent }: PrefixNode): PrefixNode | null => {
      let at = parent;
      while (at !== null && !nodes.has(at)) at = at.parent;
      return at;
    };
    const topOf = (node: PrefixNode): PrefixNode => {
      const outer = around(node);
      return outer === null || nodes.get(outer) !== true ? node : topOf(outer);
    };
    const holes = Map.groupBy(
      nodes.keys().filter((node) => nodes.get(node) === false && nodes.get(around(node) ?? node) === true),
      (node) => topOf(around(node) ?? node),
    );
    const tops = nodes.keys().filter((node) => nodes.get(node) === true && topOf(node) === node);
    return [...tops].map((top) =>
      prefixRef(
        top.prefix,
        (holes.get(top) ?? []).map((hole) => prefixRef(hole.prefix, [])),
      ),
    );
  }
}

/** Whether a prefix, less the prefixes among its exceptions, holds the addresses of a node. */
function cover({ prefix, except }: PrefixRef): (node: PrefixNode) => boolean {
  const whole = holder(prefix);
  const holes = except.flatMap((ref) => (ref.kind === 'prefix' ? [holder(ref.prefix)] : []));
  return (node) => whole(node) && !holes.some((hole) => hole(node));
}

function holder(text: string): (node: PrefixNode) => boolean {
  const prefix = parsePrefix(text);
  if (prefix === undefined) return () => true;
  return ({ prefix: { family, first, length } }) =>
    prefix.length <= length && prefixHolds(prefix, { family, value: first });
}

function add<Value>(map: Map<string, Set<Value>>, key: string, value: Value): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([value]));
  else set.add(value);
}
