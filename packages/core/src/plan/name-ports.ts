import type { NetworkFlows } from './compare-network.ts';
import { type EndRef, type PrefixRef, prefixRef } from './end-ref.ts';
import { memo } from './memo.ts';
import { groupsOf } from './policy.ts';
import type { PrefixNode, Side } from './prefix-tree.ts';

/** For each class whether it is in a set. */
export type ClassSet = Uint8Array;

export interface PortNamer {
  /** Names for the ports and addresses of some classes, which may stand for more of `all`, of which they are a part. */
  name(wanted: readonly number[], all: ClassSet): EndRef[];
  /** Classes of the ports with a security group. */
  classesWith(group: string): readonly number[];
}

/** Says ports of a network in names, by groups where all of a group's ports are meant. All classes of a port have the same groups. */
export function portNamer({ classes, network }: NetworkFlows, side: Side): PortNamer {
  const classesOf = new Map<string, number[]>();
  const portsOf = classes.map(({ policy, endpoints }) =>
    policy[side] === null ? [] : [...new Set(endpoints.map(({ port }) => port))],
  );
  const groupsAt = classes.map(({ policy }) => (policy[side] === null ? [] : groupsOf(policy[side])));
  for (const [i, ports] of portsOf.entries()) {
    for (const port of ports) {
      const list = classesOf.get(port);
      if (list === undefined) classesOf.set(port, [i]);
      else list.push(i);
    }
  }
  const groups = largestFirst(groupsAt, portsOf);
  const placeOf = new Map(groups.map(({ id }, place) => [id, place]));
  const placesAt = groupsAt.map((list) => list.map((group) => placeOf.get(group) ?? 0));
  const there = [...portsOf.keys()].filter((i) => portsOf[i]?.length !== 0);
  /** Classes whose ports have no other class: whatever is meant of such a port is all of it. */
  const isSimple = portsOf.map((ports) => ports.every((port) => classesOf.get(port)?.length === 1));

  return {
    name(wanted, all) {
      const isWhole = memo((port: string) => classesOf.get(port)?.every((i) => all[i] === 1) === true);
      const wholeAt = (i: number) => (isSimple[i] ? portsOf[i] : portsOf[i]?.filter(isWhole)) ?? [];
      const left = new Set(wanted.filter((i) => wholeAt(i).length > 0));
      const everybody = there.every((i) => all[i] === 1) && isSeveral(left, wholeAt);
      const refs: EndRef[] = [];
      const candidates = new Set<number>();
      for (const i of left) for (const place of placesAt[i] ?? []) candidates.add(place);
      for (const place of [...candidates].sort((a, b) => a - b)) {
        const { id, classes: own, size } = groups[place] as Group;
        if (left.size === 0 || (everybody && size < classesOf.size)) break;
        if (!own.some((i) => left.has(i)) || !own.every((i) => all[i] === 1)) continue;
        refs.push({ kind: 'group', id, where: 'here' });
        for (const i of own) left.delete(i);
      }
      if (everybody) return left.size === 0 ? refs : [...refs, { kind: 'network', id: network }];
      for (const id of new Set([...left].flatMap(wholeAt))) refs.push({ kind: 'port', id, addresses: null });
      for (const id of partsIn(wanted, isWhole)) refs.push({ kind: 'port', id, addresses: addressesOf(id, wanted) });
      return refs;
    },
    classesWith: (group) => groups[placeOf.get(group) ?? -1]?.classes ?? [],
  };

  /** Ports of which some classes are meant, but not all. */
  function partsIn(wanted: readonly number[], isWhole: (port: string) => boolean): Set<string> {
    const parts = new Set<string>();
    for (const i of wanted) {
      if (isSimple[i]) continue;
      for (const port of portsOf[i] ?? []) if (!isWhole(port)) parts.add(port);
    }
    return parts;
  }

  /** The addresses of a port that are in some of its classes. */
  function addressesOf(port: string, wanted: readonly number[]): PrefixRef[] {
    const nodes = new Map<PrefixNode, boolean>();
    for (const i of classesOf.get(port) ?? []) {
      for (const end of classes[i]?.endpoints ?? []) if (end.port === port) nodes.set(end.node, wanted.includes(i));
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

interface Group {
  readonly id: string;
  readonly classes: readonly number[];
  /** Number of its ports. */
  readonly size: number;
}

function largestFirst(groupsAt: readonly (readonly string[])[], portsOf: readonly (readonly string[])[]): Group[] {
  const found = new Map<string, number[]>();
  for (const [i, groups] of groupsAt.entries()) {
    for (const group of groups) {
      const list = found.get(group);
      if (list === undefined) found.set(group, [i]);
      else list.push(i);
    }
  }
  return [...found]
    .map(([id, classes]) => ({ id, classes, size: new Set(classes.flatMap((i) => portsOf[i] ?? [])).size }))
    .sort((a, b) => b.size - a.size || (a.id < b.id ? -1 : 1));
}

function isSeveral(classes: Iterable<number>, portsOf: (i: number) => readonly string[]): boolean {
  const found = new Set<string>();
  for (const i of classes) {
    for (const port of portsOf(i)) {
      found.add(port);
      if (found.size > 1) return true;
    }
  }
  return false;
}
