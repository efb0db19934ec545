import type { TableName, TableRows, TablesDelta } from '../tables/host-tables.ts';
import type { HostDelta } from './loom.ts';

type Row = TableRows[TableName];

/** One row put (or, with `row` null, dropped) on several hosts. */
interface Operation {
  readonly table: TableName;
  readonly id: string;
  readonly row: Row | null;
  readonly hosts: readonly string[];
}

/** The last block of operations of a host and, through `earlier`, all those before: hosts with the same history share one chain. */
interface Chain {
  readonly earlier: Chain | undefined;
  readonly block: readonly Operation[];
}

/** Collects what hosts must put and drop, then gives each distinct difference once, with its hosts. */
export interface HostDeltas {
  /** Hosts as one list for many rows are looked at once: give the same list, not an equal one, where that is possible. */
  put(table: TableName, row: Row, hosts: readonly string[]): void;
  drop(table: TableName, id: string, hosts: readonly string[]): void;
  grouped(): HostDelta[];
}

export function hostDeltas(): HostDeltas {
  const puts = new Map<string, Operation>();
  const drops = new Map<string, Operation>();
  return {
    put: (table, row, hosts) => note(puts, { table, id: row.id, row, hosts }),
    drop: (table, id, hosts) => note(drops, { table, id, row: null, hosts }),
    grouped() {
      // An id that left one network and is now a row of another is dropped and put on one host: the put is what remains.
      for (const [key, operation] of drops) {
        const put = puts.get(key);
        if (put === undefined) continue;
        const kept = new Set(put.hosts);
        drops.set(key, { ...operation, hosts: operation.hosts.filter((host) => !kept.has(host)) });
      }
      const blocks = Map.groupBy([...puts.values(), ...drops.values()], ({ hosts }) => hosts);
      return [...byChain(blocks)].map(([chain, hosts]) => ({ hosts, delta: deltaOf(chain) }));
    },
  };
}

function note(operations: Map<string, Operation>, operation: Operation): void {
  if (operation.hosts.length === 0) return;
  const key = `${operation.table}/${operation.id}`;
  const noted = operations.get(key);
  operations.set(key, noted ? { ...operation, hosts: [...noted.hosts, ...operation.hosts] } : operation);
}

function byChain(blocks: ReadonlyMap<readonly string[], readonly Operation[]>): Map<Chain, string[]> {
  const chains = new Map<string, Chain>();
  for (const [hosts, block] of blocks) {
    const longer = new Map<Chain | undefined, Chain>();
    for (const host of hosts) {
      const earlier = chains.get(host);
      let chain = longer.get(earlier);
      if (chain === undefined) {
        chain = { earlier, block };
        longer.set(earlier, chain);
      }
      chains.set(host, chain);
    }
  }
  const groups = new Map<Chain, string[]>();
  for (const [host, chain] of chains) {
    const hosts = groups.get(chain);
    if (hosts === undefined) groups.set(chain, [host]);
    else hosts.push(host);
  }
  return groups;
}

function deltaOf(last: Chain): TablesDelta {
  const delta: { [T in TableName]?: { upserts: Row[]; deletes: string[] } } = {};
  const blocks: (readonly Operation[])[] = [];
  for (let chain: Chain | undefined = last; chain !== undefined; chain = chain.earlier) blocks.push(chain.block);
  for (const { table, id, row } of blocks.reverse().flat()) {
    delta[table] ??= { upserts: [], deletes: [] };
    if (row === null) delta[table].deletes.push(id);
    else delta[table].upserts.push(row);
  }
  return delta as TablesDelta;
}
