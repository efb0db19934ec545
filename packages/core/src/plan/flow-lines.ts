import type { NetworkFlows } from './compare-network.ts';
import type { EndRef } from './end-ref.ts';
import { endNamer } from './name-ends.ts';
import type { PacketSet } from './packet-set.ts';
import type { PacketSets } from './packet-sets.ts';
import { rectangles } from './rectangles.ts';
import type { Family } from './rule-profile.ts';

/** On each of the networks, every end of `from` gains or loses these packets to every end of `to`, but for a port to itself. */
export interface FlowLine {
  readonly from: readonly EndRef[];
  readonly to: readonly EndRef[];
  readonly packets: PacketSet;
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
  const places = new Map<string, Map<string, Family[]>>();
  for (const each of flows) {
    const name = endNamer(each, change === 'gained' ? 'after' : 'before');
    for (const { packets, from, to } of rectangles(each, each[change])) {
      const line = { from: inOrder(name(from)), to: inOrder(name(to)), packets: sets.setOf(packets) };
      const key = `${packets} ${JSON.stringify(line.from)} ${JSON.stringify(line.to)}`;
      found.set(key, found.get(key) ?? line);
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

function inOrder<Ref extends EndRef>(refs: readonly Ref[]): Ref[] {
  const keyed = refs.map((ref) => {
    const one =
      ref.kind === 'prefix'
        ? { ...ref, except: inOrder(ref.except) }
        : ref.kind === 'port' && ref.addresses !== null
          ? { ...ref, addresses: inOrder(ref.addresses) }
          : ref;
    return [JSON.stringify(one), one] as const;
  });
  return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ref]) => ref);
}
