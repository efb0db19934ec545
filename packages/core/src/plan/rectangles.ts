import type { FlowChanges, NetworkFlows, OutsideFlow } from './compare-network.ts';
import type { Region } from './outside.ts';

/** Every end in `from` gains or loses the same packets with every end in `to`. */
export interface Rectangle {
  readonly packets: number;
  readonly from: FlowEnds;
  readonly to: FlowEnds;
}

/** Of one network and change the same ends are the same object: many rectangles share them. */
export interface FlowEnds {
  /** Places in the classes of the network. */
  readonly classes: readonly number[];
  /** Addresses outside of the network's ports. */
  readonly region: Region | null;
}

type MakeEnds = (classes: readonly number[], region: Region | null) => FlowEnds;

/** Puts pairs that share a set of packets together, by sources or by destinations, whichever takes fewer lines. */
export function rectangles(flows: NetworkFlows, changes: FlowChanges): Rectangle[] {
  const outsideBy = Map.groupBy(changes.outside, ({ packets }) => packets);
  const endsOf = endsMaker();
  return [...new Set([...changes.pairs.keys(), ...outsideBy.keys()])].flatMap((packets) => {
    const outside = outsideBy.get(packets) ?? [];
    const bySource = changes.pairs.get(packets) ?? new Map<number, readonly number[]>();
    const forward = rowsOf(bySource, outside, { direction: 'egress', endsOf });
    const backward = rowsOf(transposed(bySource), outside, { direction: 'ingress', endsOf });
    const found =
      forward.length <= backward.length
        ? forward.map(({ left, right }) => ({ packets, from: left(), to: right }))
        : backward.map(({ left, right }) => ({ packets, from: right, to: left() }));
    return found.filter((each) => !isOnePort(flows, each));
  });
}

function endsMaker(): MakeEnds {
  const known = new Map<string, FlowEnds>();
  return (classes, region) => {
    const key = `${classes.join()}|${region?.key ?? ''}`;
    let ends = known.get(key);
    if (ends === undefined) {
      ends = { classes, region };
      known.set(key, ends);
    }
    return ends;
  };
}

/** Rows with the same right side become one. `direction`: of the flows to outside that belong to rows of their own class. */
function rowsOf(
  pairs: ReadonlyMap<number, readonly number[]>,
  outside: readonly OutsideFlow[],
  { direction, endsOf }: { readonly direction: OutsideFlow['direction']; readonly endsOf: MakeEnds },
): { left: () => FlowEnds; right: FlowEnds }[] {
  const regions = new Map<number, Region>();
  const fromOutside = new Map<string, { region: Region; classes: number[] }>();
  for (const flow of outside) {
    if (flow.direction === direction) regions.set(flow.end, flow.region);
    else {
      const row = fromOutside.get(flow.region.key);
      if (row === undefined) fromOutside.set(flow.region.key, { region: flow.region, classes: [flow.end] });
      else row.classes.push(flow.end);
    }
  }
  const merged = new Map<FlowEnds, number[]>();
  for (const left of new Set([...pairs.keys(), ...regions.keys()])) {
    const right = endsOf(pairs.get(left) ?? [], regions.get(left) ?? null);
    const row = merged.get(right);
    if (row === undefined) merged.set(right, [left]);
    else row.push(left);
  }
  return [
    ...merged.entries().map(([right, left]) => ({ left: () => endsOf(left, null), right })),
    ...fromOutside.values().map(({ region, classes }) => ({
      left: () => endsOf([], region),
      right: endsOf(classes, null),
    })),
  ];
}

function transposed(pairs: ReadonlyMap<number, readonly number[]>): Map<number, number[]> {
  const result = new Map<number, number[]>();
  for (const [left, rights] of pairs) {
    for (const right of rights) {
      const row = result.get(right);
      if (row === undefined) result.set(right, [left]);
      else row.push(left);
    }
  }
  for (const row of result.values()) row.sort((a, b) => a - b);
  return result;
}

/** A class to itself stands for two ports of it; where there is only one, no such flow exists. */
function isOnePort({ classes }: NetworkFlows, { from, to }: Rectangle): boolean {
  if (from.region !== null || to.region !== null) return false;
  const ports = new Set<string>();
  for (const i of [...from.classes, ...to.classes]) {
    for (const { port } of classes[i]?.endpoints ?? []) {
      ports.add(port);
      if (ports.size > 1) return false;
    }
  }
  return true;
}
