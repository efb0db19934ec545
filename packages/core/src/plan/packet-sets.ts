import { ALL_PACKETS, differenceOf, intersectionOf, NO_PACKETS, type PacketSet } from './packet-set.ts';

/** Sets of packets by number, each once: few differ, however many pairs of ports they are for, so no two are combined twice. */
export interface PacketSets {
  idOf(set: PacketSet): number;
  setOf(id: number): PacketSet;
  and(a: number, b: number): number;
  /** What is in `a` and not in `b`. */
  minus(a: number, b: number): number;
}

export const NONE = 0;
export const EVERY = 1;

export function packetSets(): PacketSets {
  const sets: PacketSet[] = [NO_PACKETS, ALL_PACKETS];
  const ids = new Map(sets.map((set, id) => [set.join(), id]));
  const ands = new Map<number, number>();
  const minuses = new Map<number, number>();
  const idOf = (set: PacketSet): number => {
    const key = set.join();
    let id = ids.get(key);
    if (id === undefined) {
      id = sets.length;
      sets.push(set);
      ids.set(key, id);
    }
    return id;
  };
  const setOf = (id: number): PacketSet => sets[id] ?? NO_PACKETS;
  const combined = (memory: Map<number, number>, key: number, make: () => PacketSet): number => {
    let id = memory.get(key);
    if (id === undefined) {
      id = idOf(make());
      memory.set(key, id);
    }
    return id;
  };
  // Numbers of sets stay far below 2^26: both fit one key.
  const keyOf = (a: number, b: number): number => a * 0x400_0000 + b;
  return {
    idOf,
    setOf,
    and(a, b) {
      if (a === b || b === EVERY || a === NONE) return a;
      if (a === EVERY || b === NONE) return b;
      const [low, high] = a < b ? [a, b] : [b, a];
      return combined(ands, keyOf(low, high), () => intersectionOf(setOf(low), setOf(high)));
    },
    minus(a, b) {
      if (a === b || a === NONE || b === EVERY) return NONE;
      return b === NONE ? a : combined(minuses, keyOf(a, b), () => differenceOf(setOf(a), setOf(b)));
    },
  };
}
