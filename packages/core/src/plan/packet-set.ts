import { PROTOCOL } from '../filter/ip-packet.ts';
import type { SecurityGroupRule } from '../model/security-group.ts';

/**
 * A set of packets, whatever their addresses: sorted, disjoint, non-adjacent runs of places, flat as [first, last, first, last, ...], so
 * that equal sets are equal lists. The place of a packet is its protocol * 65,536 + its destination port, or + its type * 256 + its code
 * for ICMP of either family; protocols without either fill their 65,536 places alike. One line holds every rule of a security group as one
 * run, which is what makes unions and differences exact and cheap. Source ports are a matter of packets.ts.
 */
export type PacketSet = readonly number[];

export const PLACES = 65_536;
const PROTOCOLS = 256;

export const NO_PACKETS: PacketSet = [];
export const ALL_PACKETS: PacketSet = [0, PROTOCOLS * PLACES - 1];

/** Packets that a rule allows between the ends that it is for. */
export function packetsOf({ protocol, min, max }: Pick<SecurityGroupRule, 'protocol' | 'min' | 'max'>): PacketSet {
  if (protocol === null) return ALL_PACKETS;
  const base = protocol * PLACES;
  if (!isIcmp(protocol))
    return min !== null && max !== null && min > max ? [] : [base + (min ?? 0), base + (max ?? PLACES - 1)];
  if (min === null) return [base, base + PLACES - 1];
  const type = base + min * 256;
  return max === null ? [type, type + 255] : [type + max, type + max];
}

export function isIcmp(protocol: number): boolean {
  return protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6;
}

export function unionOf(sets: readonly PacketSet[]): PacketSet {
  if (sets.length <= 1) return sets[0] ?? NO_PACKETS;
  const runs: [number, number][] = [];
  for (const set of sets) for (let i = 0; i < set.length; i += 2) runs.push([at(set, i), at(set, i + 1)]);
  runs.sort((a, b) => a[0] - b[0]);
  const result: number[] = [];
  for (const [first, last] of runs) {
    const end = result.length - 1;
    if (end > 0 && first <= at(result, end) + 1) result[end] = Math.max(at(result, end), last);
    else result.push(first, last);
  }
  return result;
}

export function intersectionOf(a: PacketSet, b: PacketSet): PacketSet {
  const result: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const first = Math.max(at(a, i), at(b, j));
    const last = Math.min(at(a, i + 1), at(b, j + 1));
    if (first <= last) result.push(first, last);
    if (at(a, i + 1) < at(b, j + 1)) i += 2;
    else j += 2;
  }
  return result;
}

/** What is in `a` and not in `b`. */
export function differenceOf(a: PacketSet, b: PacketSet): PacketSet {
  const result: number[] = [];
  for (let i = 0, j = 0; i < a.length; i += 2) {
    let next = at(a, i);
    const last = at(a, i + 1);
    while (j < b.length && at(b, j + 1) < next) j += 2;
    for (let k = j; k < b.length && at(b, k) <= last; k += 2) {
      if (at(b, k) > next) result.push(next, at(b, k) - 1);
      next = Math.max(next, at(b, k + 1) + 1);
    }
    if (next <= last) result.push(next, last);
  }
  return result;
}

function at(set: PacketSet, i: number): number {
  return set[i] ?? Number.NaN;
}
