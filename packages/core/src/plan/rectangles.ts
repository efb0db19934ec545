import type { FlowChanges, NetworkFlows, OutsideFlow } from './compare-network.ts';
import type { Region } from './outside.ts';

/** Every end in `from` gains or loses the same packets with every end in `to`. */
export interface Rectangle {
  readonly packets: number;
  readonly from: FlowEnds;
  readonly to: FlowEnds;
}

export interface FlowEnds {
  /** Places in the classes of the network. */
  readonly classes: readonly number[];
  /** Addresses outside of the network's ports. */
  readonly region: Region | null;
}

/** Puts pairs that share a set of packets together, by sources or by destinations, whichever takes fewer lines. */
export function rectangles(flows: NetworkFlows, changes: FlowChanges): Rectangle[] {
  const numbers = new Set([...changes.pairs.keys(), ...changes.outside.map(({ packets }) => packets)]);
  return [...numbers].flatMap((packets) => {
    const outside = changes.outside.filter((flow) => flow.packets === packets);
    const bySource = changes.pairs.get(packets) ?? new Map<number, readonly number[]>();
    const forward = rowsOf(bySource, outside, 'egress');
    const backward = rowsOf(transposed(bySource), outside, 'ingress');
    const found =
      forward.length <= backward.length
        ? forward.map(({ left, right }) => ({ packets, from: left, to: right }))
        : backward.map(({ left, right }) => ({ packets, from: right, to: left }));
    return found.filter((each) => !isOnePort(flows, each));
  });
}

/** Rows with the same right side become one. `direction`: of the flows to outside that belong to rows of their own class. */
function rowsOf(
  pairs: ReadonlyMap<number, readonly number[]>,
  outside: readonly OutsideFlow[],
  direction: OutsideFlow['direction'],
): { left: FlowEnds; right: FlowEnds }[] {
  const rows = new Map<number, { classes: readonly number[]; region: Region | null }>();
  for (const [left, classes] of pairs) rows.set(left, { classes, region: null });
  const fromOutside = new Map<string, { region: Region; classes: number[] }>();
  for (const flow of outside) {
    if (flow.direction === direction)
      rows.set(flow.end, { classes: rows.get(flow.end)?.classes ?? [], region: flow.region });
    else {
      const key = keyOf(flow.region);
      const row = fromOutside.get(key);
      if (row === undefined) fromOutside.set(key, { region: flow.region, classes: [flow.end] });
      else row.classes.push(flow.end);
    }
  }
  const merged = new Map<string, { left: number[]; right: FlowEnds }>();
  for (const [left, right] of rows) {
    const key = `${right.classes.join()}|${right.region === null ? '' : keyOf(right.region)}`;
    const row = merged.get(key);
    if (row === undefined) merged.set(key, { left: [left], right });
    else row.left.push(left);
  }
  return [
    ...merged.values().map(({ left, right }) => ({ left: { classes: left, region: null }, right })),
    ...fromOutside.values().map(({ region, classes }) => ({
      left: { classes: [], region },
      right: { classes, region: null },
    })),
  ];
}

const KEYS = new WeakMap<Region['nodes'], string>();

/** The same for the same addresses, whichever rules cut them out. */
function keyOf({ atoms, nodes }: Region): string {
  let key = KEYS.get(nodes);
  if (key === undefined) {
    // Where the region begins and where it ends; what lies between is cut for reasons of its own.
    const edges = atoms.nodes.filter((node) => {
      const outer = atoms.around(node);
      return nodes.has(node) !== (outer !== undefined && nodes.has(outer));
    });
    key = edges
      .map(({ prefix }) => `${prefix.first}/${prefix.length}`)
      .sort()
      .join();
    KEYS.set(nodes, key);
  }
  return key;
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
