import { differenceOf, intersectionOf, type PacketSet, unionOf } from './packet-set.ts';
import { ANYTHING, combined, fromAnyPort, keyOf, NOTHING, type Packets } from './packets.ts';

/** Sets of packets by number, each once: few differ, however many pairs of ports they are for, so no two are combined twice. */
export interface PacketSets {
  idOf(packets: Packets): number;
  /** Of packets from any source port. */
  idOfSet(set: PacketSet): number;
  packetsOf(id: number): Packets;
  or(a: number, b: number): number;
  and(a: number, b: number): number;
  /** What is in `a` and not in `b`. */
  minus(a: number, b: number): number;
}

export const NONE = 0;
export const EVERY = 1;

export function packetSets(): PacketSets {
  const sets: Packets[] = [NOTHING, ANYTHING];
  const ids = new Map(sets.map((packets, id) => [keyOf(packets), id]));
  const idOf = (packets: Packets): number => {
    const key = keyOf(packets);
    let id = ids.get(key);
    if (id === undefined) {
      id = sets.length;
      sets.push(packets);
      ids.set(key, id);
    }
    return id;
  };
  const packetsOf = (id: number): Packets => sets[id] ?? NOTHING;
  const remembering = (combine: (a: PacketSet, b: PacketSet) => PacketSet) => {
    const known = new Map<number, number>();
    return (a: number, b: number): number => {
      // Numbers of sets stay far below 2^26: both fit one key.
      const key = a * 0x400_0000 + b;
      let id = known.get(key);
      if (id === undefined) {
        id = idOf(combined(packetsOf(a), packetsOf(b), combine));
        known.set(key, id);
      }
      return id;
    };
  };
  const union = remembering((a, b) => unionOf([a, b]));
  const intersection = remembering(intersectionOf);
  const difference = remembering(differenceOf);
  return {
    idOf,
    idOfSet: (set) => idOf(fromAnyPort(set)),
    packetsOf,
    or(a, b) {
      if (a === b || b === NONE || a === EVERY) return a;
      if (a === NONE || b === EVERY) return b;
      return a < b ? union(a, b) : union(b, a);
    },
    and(a, b) {
      if (a === b || b === EVERY || a === NONE) return a;
      if (a === EVERY || b === NONE) return b;
      return a < b ? intersection(a, b) : intersection(b, a);
    },
    minus(a, b) {
      if (a === b || a === NONE || b === EVERY) return NONE;
      return b === NONE ? a : difference(a, b);
    },
  };
}
