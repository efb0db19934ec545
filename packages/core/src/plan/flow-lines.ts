import type { NetworkFlows } from './compare-network.ts';
import type { EndRef } from './end-ref.ts';
import { memo } from './memo.ts';
import { endNamer } from './name-ends.ts';
import type { PacketSets } from './packet-sets.ts';
import type { Packets } from './packets.ts';
import { type FlowEnds, rectangles } from './rectangles.ts';
import type { Family } from './rule-profile.ts';

/** On each of the networks, every end of `from` gains or loses these packets to every end of `to`, but for a port to itself. */
export interface FlowLine {
  readonly from: readonly EndRef[];
  readonly to: readonly EndRef[];
  readonly packets: Packets;
  readonly families: readonly Family[];
  /** Ports of the networks have addresses of another family, too, of which the line says nothing. */
  readonly isPartial: boolean;
  /** Sorted ids. */
  readonly networks: readonly string[];
}

interface Question {
  readonly change: 'gained' | 'lost';
  readonly sets: PacketSets;
  /** Families that ports of a network have addresses of. */
  readonly families: ReadonlyMap<string, ReadonlySet<Family>>;
}

/** What is the same on several networks, or in both families, is one line. */
export function flowLines(flows: readonly NetworkFlows[], { change, sets, families: present }: Question): FlowLine[] {
  const found = new Map<string, Pick<FlowLine, 'from' | 'to' | 'packets'>>();
  const endOf = endNumbers();
  const places = new Map<string, Map<string, Family[]>>();
  for (const each of flows) {
    const blocks = rectangles(each, each[change]);
    if (blocks.length === 0) continue;
    const nameEnds = endNamer(each, change === 'gained' ? 'after' : 'before');
    const name = memo((ends: FlowEnds) => endOf(nameEnds(ends)));
    for (const { packets, from, to } of blocks) {
      const [source, destination] = [name(from), name(to)];
      const key = `${packets} ${source.number} ${destination.number}`;
      if (!found.has(key))
        found.set(key, { from: source.refs, to: destination.refs, packets: sets.packetsOf(packets) });
      const families = places.get(key) ?? new Map<string, Family[]>();
      places.set(key, families.set(each.network, [...(families.get(each.network) ?? []), each.family]));
    }
  }
  const lines: FlowLine[] = [];
  for (const [key, line] of found) {
    const byFamilies = Map.groupBy(places.get(key) ?? [], ([, families]) => families.join());
    for (const entries of byFamilies.values()) {
      const networks = entries.map(([network]) => network).sort();
      const families = entries[0]?.[1] ?? [];
      const isPartial = networks.some((network) => (present.get(network)?.size ?? 0) > families.length);
      lines.push({ ...line, families, isPartial, networks });
    }
  }
  return lines;
}

interface NumberedEnd {
  readonly number: number;
  /** In an order that is the same for the same names. */
  readonly refs: readonly EndRef[];
}

/** One number for the same names, on whichever network. */
function endNumbers(): (refs: readonly EndRef[]) => NumberedEnd {
  const known = new Map<string, NumberedEnd>();
  return (refs) => {
    const keyed = inOrder(refs);
    const key = keyed.map((each) => each.key).join();
    let end = known.get(key);
    if (end === undefined) {
      end = { number: known.size, refs: keyed.map(({ ref }) => ref) };
      known.set(key, end);
    }
    return end;
  };
}

interface Keyed<Ref extends EndRef> {
  readonly key: string;
  readonly ref: Ref;
}

function inOrder<Ref extends EndRef>(refs: readonly Ref[]): Keyed<Ref>[] {
  return refs.map((ref) => ordered(ref) as Keyed<Ref>).sort((a, b) => (a.key < b.key ? -1 : 1));
}

function ordered(ref: EndRef): Keyed<EndRef> {
  switch (ref.kind) {
    case 'group':
    case 'addressGroup':
      return { key: `${ref.kind} ${ref.id} ${ref.where}`, ref };
    case 'network':
      return { key: `network ${ref.id}`, ref };
    case 'port': {
      if (ref.addresses === null) return { key: `port ${ref.id}`, ref };
      const addresses = inOrder(ref.addresses);
      return {
        key: `port ${ref.id} (${addresses.map(({ key }) => key).join()})`,
        ref: { ...ref, addresses: addresses.map((each) => each.ref) },
      };
    }
    case 'prefix': {
      if (ref.except.length === 0) return { key: ref.prefix, ref };
      const except = inOrder(ref.except);
      return {
        key: `${ref.prefix} except (${except.map(({ key }) => key).join()})`,
        ref: { ...ref, except: except.map((each) => each.ref) },
      };
    }
  }
}
