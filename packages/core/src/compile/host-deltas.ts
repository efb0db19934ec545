import type { TableName, TableRows, TablesDelta } from '../tables/host-tables.ts';
import type { HostDelta } from './loom.ts';

type Row = TableRows[TableName];

/** One row put (or, with `row` null, dropped) on several hosts. */
interface Operation {
  readonly table: TableName;
  readonly id: string;
  readonly row: Row | null;
  readonly hosts: string[];
}

/** The last operation of a host and, through `earlier`, all those before: hosts with the same history share one chain. */
interface Chain {
  readonly earlier: Chain | undefined;
  readonly operation: Operation;
}

/** Collects what each host must put and drop, then gives each distinct difference once, with its hosts. */
export interface HostDeltas {
  put(table: TableName, row: Row, host: string): void;
  drop(table: TableName, id: string, host: string): void;
  grouped(): HostDelta[];
}

export function hostDeltas(): HostDeltas {
  const puts = new Map<string, Operation>();
  const drops = new Map<string, Operation>();
  return {
    put: (table, row, host) => note(puts, { table, id: row.id, row }, host),
    drop: (table, id, host) => note(drops, { table, id, row: null }, host),
    grouped() {
      // An id that left one network and is now a row of another is dropped and put on one host: the put is what remains.
      for (const [key, { hosts }] of drops) {
        const put = puts.get(key);
        if (put === undefined) continue;
        const kept = new Set(put.hosts);
        hosts.splice(0, hosts.length, ...hosts.filter((host) => !kept.has(host)));
      }
      return [...byChain([...puts.values(), ...drops.values()])].map(([chain, hosts]) => ({
        hosts,
        delta: deltaOf(chain),
      }));
    },
  };
}

function note(operations: Map<string, Operation>, what: Omit<Operation, 'hosts'>, host: string): void {
  const key = `${what.table}/${what.id}`;
  const operation = operations.get(key);
  if (operation === undefined) operations.set(key, { ...what, hosts: [host] });
  else operation.hosts.push(host);
}

function byChain(operations: Iterable<Operation>): Map<Chain, string[]> {
  const chains = new Map<string, Chain>();
  for (const operation of operations) {
    const longer = new Map<Chain | undefined, Chain>();
    for (const host of operation.hosts) {
      const earlier = chains.get(host);
      let chain = longer.get(earlier);
      if (chain === undefined) {
        chain = { earlier, operation };
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
  const operations: Operation[] = [];
  for (let chain: Chain | undefined = last; chain !== undefined; chain = chain.earlier)
    operations.push(chain.operation);
  for (const { table, id, row } of operations.reverse()) {
    delta[table] ??= { upserts: [], deletes: [] };
    if (row === null) delta[table].deletes.push(id);
    else delta[table].upserts.push(row);
  }
  return delta as TablesDelta;
}
