import type { NetworkFlows } from './compare-network.ts';
import type { EndRef, GroupRef, PrefixRef } from './end-ref.ts';
import { memo } from './memo.ts';
import { type ClassSet, portNamer } from './name-ports.ts';
import { nameRegion } from './name-region.ts';
import type { Region } from './outside.ts';
import { prefixHolder } from './prefix-holder.ts';
import type { Side } from './prefix-tree.ts';
import type { FlowEnds } from './rectangles.ts';
import { addressGroupMark } from './remote-mark.ts';

/** The names of a region, and what of the network's own ports they say. */
interface NamedRegion {
  readonly refs: readonly EndRef[];
  /** Classes of which a prefix among the names holds some address. */
  readonly touched: ReadonlyMap<EndRef, readonly number[]>;
  /** Classes that the prefixes hold all addresses of. */
  readonly whole: readonly number[];
}

/** Says ends of flows on one network in names, exactly: what the names stand for on a side is what was asked, no more and no less. */
export function endNamer(flows: NetworkFlows, side: Side): (ends: FlowEnds) => EndRef[] {
  const { classes, live } = flows;
  const there = [...classes.keys()].filter((i) => classes[i]?.policy[side] !== null);
  const ports = portNamer(flows, side);
  const nobody: ClassSet = new Uint8Array(classes.length);
  const holds = prefixHolder(there.map((i) => classes[i]?.endpoints.map(({ node }) => node) ?? []));
  const classesAt = memo((addressGroup: string) => {
    const mark = addressGroupMark(addressGroup);
    return there.filter((i) => classes[i]?.marks[side].marks.includes(mark));
  });
  const known = new Map<string, NamedRegion>();

  return function nameEnds({ classes: list, region }) {
    const wanted = list.filter((i) => classes[i]?.policy[side] !== null);
    if (region === null) return ports.name(wanted, classSet(wanted));
    // The same region is an end of many rectangles.
    let named = known.get(region.key);
    if (named === undefined) {
      named = nameOutside(region);
      known.set(region.key, named);
    }
    return complete(named, wanted);
  };

  function nameOutside(region: Region): NamedRegion {
    const refs = nameRegion(region, { side, live: live(region.atoms) });
    const { touched, whole } = holds(refs.filter((ref) => ref.kind === 'prefix'));
    return {
      refs,
      touched: new Map(touched.entries().map(([ref, list]) => [ref, list.map((place) => there[place] ?? 0)])),
      whole: whole.map((place) => there[place] ?? 0),
    };
  }

  /** Adds what the region's names do not say of the network's own ports: those that are meant beside, those that are not meant though inside. */
  function complete({ refs, touched, whole }: NamedRegion, wanted: readonly number[]): EndRef[] {
    const all = classSet(wanted);
    const named = new Set(whole);
    const result = refs.map((ref): EndRef => {
      if (ref.kind === 'group' || ref.kind === 'addressGroup') return widened(ref, all, named);
      if (ref.kind !== 'prefix') return ref;
      const others = (touched.get(ref) ?? []).filter((i) => all[i] === 0);
      return { ...ref, except: exceptions(ref, others) };
    });
    return [...result, ...namesFor(wanted, all, named)];
  }

  function exceptions({ except }: PrefixRef, others: readonly number[]): EndRef[] {
    const all = classSet(others);
    const named = new Set<number>();
    const outside = except.map((ref) =>
      ref.kind === 'group' || ref.kind === 'addressGroup' ? widened(ref, all, named) : ref,
    );
    return [...outside, ...namesFor(others, all, named)];
  }

  function namesFor(wanted: readonly number[], all: ClassSet, named: ReadonlySet<number>): EndRef[] {
    const left = wanted.filter((i) => !named.has(i));
    return left.length === 0 ? [] : ports.name(left, all);
  }

  /** A group whose addresses elsewhere are meant stands for its ports on the network too, when those are meant as well. */
  function widened(ref: GroupRef, all: ClassSet, named: Set<number>): GroupRef {
    const here = ref.kind === 'group' ? ports.classesWith(ref.id) : classesAt(ref.id);
    if (!here.every((i) => all[i] === 1)) return ref;
    for (const i of here) named.add(i);
    return { ...ref, where: 'everywhere' };
  }

  function classSet(list: readonly number[]): ClassSet {
    if (list.length === 0) return nobody;
    const set = new Uint8Array(classes.length);
    for (const i of list) set[i] = 1;
    return set;
  }
}
