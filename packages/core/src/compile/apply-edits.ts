import type { TableName, TableRows } from '../tables/host-tables.ts';
import { cellsOn } from './cells-on.ts';
import { type Edit, sameValue } from './edit.ts';
import { type Cell, type Feature, sees } from './feature.ts';
import { type HostDeltas, hostDeltas } from './host-deltas.ts';
import type { HostDelta } from './loom.ts';
import { carriers, carries, type ModelIndex } from './model-index.ts';
import { type NetworkScope, type Scope, widenScope } from './scope.ts';

type Row = TableRows[TableName];

/** What is compared of one network once the model has moved on. */
interface Pending {
  readonly network: string;
  /** Hosts that begin to carry it. */
  readonly joined: ReadonlySet<string>;
  /** Rows in scope, each with its cell as it was. */
  readonly rows: readonly { readonly feature: Feature; readonly id: string; readonly was: Cell | undefined }[];
}

/**
 * Brings the model from the edits' before side to their after side; gives what that changes on which hosts.
 *
 * Hosts that begin to carry a network get all its rows, hosts that cease to lose them all; for those that stay, only the
 * rows in the edits' scope are compared. Each side of the edits shows only a part of that scope, and rows of the before
 * side can be listed only while the model stands there: so the model goes to and fro between the sides.
 */
export function applyEdits(
  edits: readonly Edit[],
  model: ModelIndex,
): { readonly deltas: HostDelta[]; readonly rowsComputed: number } {
  const turnTo = (side: 'before' | 'after') => {
    for (const edit of edits) model.put(edit.kind, edit.id, edit[side]);
  };
  const deltas = hostDeltas();
  const rows = rowMaker();
  const scope: Scope = new Map();

  widenScope(scope, edits, model);
  turnTo('after');
  widenScope(scope, edits, model);
  const carried = new Map([...scope].map(([network, { hosts }]) => [network, carriedBy(hosts, network, model)]));
  turnTo('before');
  const pending = [...scope].map(([network, touched]) =>
    leave({ network, touched, carried: carried.get(network) ?? new Set() }, model, deltas),
  );
  turnTo('after');
  for (const network of pending) {
    join(network, model, { deltas, rows });
    compare(network, model, { deltas, rows });
  }
  return { deltas: deltas.grouped(), rowsComputed: rows.count() };
}

function carriedBy(hosts: Iterable<string>, network: string, model: ModelIndex): ReadonlySet<string> {
  return new Set([...hosts].filter((host) => carries(model, network, host)));
}

/** On the before side: drops everything where the network ceases to be carried, and keeps what `compare` needs. */
function leave(
  at: { readonly network: string; readonly touched: NetworkScope; readonly carried: ReadonlySet<string> },
  model: ModelIndex,
  deltas: HostDeltas,
): Pending {
  const { network, touched, carried } = at;
  const before = carriedBy(touched.hosts, network, model);
  for (const host of before) {
    if (carried.has(host)) continue;
    for (const { table, id } of cellsOn(host, network, model)) deltas.drop(table, id, host);
  }
  return {
    network,
    joined: new Set([...carried].filter((host) => !before.has(host))),
    rows: [...touched.rows].flatMap(([feature, ids]) =>
      [...ids].map((id) => ({ feature, id, was: cellAt(feature, network, id, model) })),
    ),
  };
}

interface Output {
  readonly deltas: HostDeltas;
  readonly rows: RowMaker;
}

function join(at: Pending, model: ModelIndex, { deltas, rows }: Output): void {
  for (const host of at.joined) {
    for (const { table, id, cell } of cellsOn(host, at.network, model)) {
      deltas.put(table, rows.present(table, id, cell), host);
    }
  }
}

/** For the hosts that carried the network before and still do. */
function compare(at: Pending, model: ModelIndex, { deltas, rows }: Output): void {
  const stays = (host: string) => carries(model, at.network, host) && !at.joined.has(host);
  for (const { feature, id, was } of at.rows) {
    const { table } = feature;
    const is = cellAt(feature, at.network, id, model);
    let differs: boolean | undefined;
    for (const host of candidates(was, is) ?? carriers(model, at.network)) {
      if (!stays(host)) continue;
      const saw = was !== undefined && sees(was.audience, host);
      if (is === undefined || !sees(is.audience, host)) {
        if (saw) deltas.drop(table, id, host);
        continue;
      }
      if (saw) differs ??= !sameValue(rows.past(was), rows.present(table, id, is));
      if (!saw || differs) deltas.put(table, rows.present(table, id, is), host);
    }
  }
}

/** The hosts that can see a row on either side when these are few; undefined when any carrier may. */
function candidates(was: Cell | undefined, is: Cell | undefined): Set<string> | undefined {
  const hosts = new Set<string>();
  for (const cell of [was, is]) {
    if (cell === undefined) continue;
    if (!('only' in cell.audience)) return undefined;
    hosts.add(cell.audience.only);
  }
  return hosts;
}

function cellAt(feature: Feature, networkId: string, id: string, model: ModelIndex): Cell | undefined {
  const network = model.objects.network.get(networkId);
  return network && feature.cell(network, id, model);
}

type RowMaker = ReturnType<typeof rowMaker>;

/** Computes each row of the after side once, however many hosts see it, and counts what it computes. */
function rowMaker() {
  const made = new Map<string, Row>();
  let count = 0;
  return {
    present(table: TableName, id: string, cell: Cell): Row {
      const key = `${table}/${id}`;
      let row = made.get(key);
      if (row === undefined) {
        row = cell.make();
        count++;
        made.set(key, row);
      }
      return row;
    },
    past(cell: Cell): Row {
      count++;
      return cell.make();
    },
    count: () => count,
  };
}
