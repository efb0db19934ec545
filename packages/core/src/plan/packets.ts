import { ALL_PACKETS, NO_PACKETS, type PacketSet } from './packet-set.ts';

/** From this source port up to that of the next run, or to the last there is: which packets. */
export interface SourceRun {
  readonly from: number;
  readonly set: PacketSet;
}

/**
 * A set of packets by their source ports: sorted, the first run from port 0, no two neighbours alike, so that equal sets are equal lists.
 * Packets of protocols without ports are in every run. One run is all that security groups need; only firewalls look at source ports.
 */
export type Packets = readonly SourceRun[];

export const NOTHING: Packets = [{ from: 0, set: NO_PACKETS }];
export const ANYTHING: Packets = [{ from: 0, set: ALL_PACKETS }];

const LAST_PORT = 65_535;

export function fromAnyPort(set: PacketSet): Packets {
  return [{ from: 0, set }];
}

/** Only packets from these ports, both inclusive. */
export function fromPorts(first: number, last: number, set: PacketSet): Packets {
  const runs = [
    { from: 0, set: NO_PACKETS },
    { from: first, set },
    { from: last + 1, set: NO_PACKETS },
  ];
  return joined(
    runs.filter(({ from }, i) => from <= LAST_PORT && (runs[i + 1]?.from ?? Number.POSITIVE_INFINITY) > from),
  );
}

/** Combines two sets port by port. */
export function combined(a: Packets, b: Packets, combine: (a: PacketSet, b: PacketSet) => PacketSet): Packets {
  const runs: SourceRun[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [left, right] = [a[i] as SourceRun, b[j] as SourceRun];
    runs.push({ from: Math.max(left.from, right.from), set: combine(left.set, right.set) });
    const [afterLeft, afterRight] = [a[i + 1]?.from ?? LAST_PORT + 1, b[j + 1]?.from ?? LAST_PORT + 1];
    if (afterLeft <= afterRight) i++;
    if (afterRight <= afterLeft) j++;
  }
  return joined(runs);
}

export function keyOf(packets: Packets): string {
  return packets.map(({ from, set }) => `${from}:${set.join()}`).join(';');
}

function joined(runs: readonly SourceRun[]): Packets {
  return runs.filter(({ set }, i) => i === 0 || set.join() !== runs[i - 1]?.set.join());
}
