import type { TableName, TableRows } from '../tables/host-tables.ts';
import type { Anchor } from './anchors.ts';
import { cellsOf } from './cells-of.ts';
import { type Edit, sameValue } from './edit.ts';
import { type Cell, type Feature, seeing, sees } from './feature.ts';
import { type HostDeltas, hostDeltas } from './host-deltas.ts';
import type { HostDelta } from './loom.ts';
import type { ModelIndex } from './model-index.ts';
import { type Scope, type Touched, widenScope } from './scope.ts';

type Row = TableRows[TableName];

/** One anchor that the edits touch. */
interface Site {
  readonly anchor: Anchor;
  readonly at: string;
  readonly touched: Touched;
  /** Of the touched hosts those that carry it on the after side. */
  readonly carried: ReadonlySet<string>;
}

/** What is compared of one anchor once the model has moved on. */
interface Pending {
  readonly anchor: Anchor;
  readonly at: string;
  /** Hosts that begin to carry it. */
  readonly joined: readonly string[];
  /** Rows in scope, each with its cell as it was. */
  readonly rows: readonly { readonly feature: Feature; readonly id: string; readonly was: Cell | undefined }[];
}

/**
 * Brings the model from the edits' before side to their after side; gives what that changes on which hosts.
 *
 * Hosts that begin to carry an anchor get all its rows, hosts that cease to lose them all; for those that stay, only the
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
  const sites = [...scope].flatMap(([anchor, ofKind]) =>
    [...ofKind].map(
      ([at, touched]): Site => ({ anchor, at, touched, carried: carriersAmong(touched.hosts, { anchor, at }, model) }),
    ),
  );
  turnTo('before');
  const pending = sites.map((site) => leave(site, model, deltas));
  turnTo('after');
  for (const site of pending) {
    join(site, model, { deltas, rows });
    compare(site, model, { deltas, rows });
  }
  return { deltas: deltas.grouped(), rowsComputed: rows.count() };
}

function carriersAmong(
  hosts: Iterable<string>,
  { anchor, at }: Pick<Site, 'anchor' | 'at'>,
  model: ModelIndex,
): ReadonlySet<string> {
  return new Set([...hosts].filter((host) => anchor.carriage.carries(model, at, host)));
}

/** On the before side: drops everything where the anchor ceases to be carried, and keeps what `compare` needs. */
function leave(site: Site, model: ModelIndex, deltas: HostDeltas): Pending {
  const { anchor, at, touched, carried } = site;
  const before = carriersAmong(touched.hosts, site, model);
  const left = [...before.difference(carried)];
  if (left.length > 0) {
    for (const { table, id, cell } of cellsOf(anchor, at, model)) deltas.drop(table, id, seeing(cell.audience, left));
  }
  return {
    anchor,
    at,
    joined: [...carried.difference(before)],
    rows: [...touched.rows].flatMap(([feature, ids]) =>
      [...ids].map((id) => ({ feature, id, was: feature.cell(at, id, model) })),
    ),
  };
}

interface Output {
  readonly deltas: HostDeltas;
  readonly rows: RowMaker;
}

function join({ anchor, at, joined }: Pending, model: ModelIndex, { deltas, rows }: Output): void {
  if (joined.length === 0) return;
  for (const { table, id, cell } of cellsOf(anchor, at, model)) {
    const hosts = seeing(cell.audience, joined);
    if (hosts.length > 0) deltas.put(table, rows.present(table, id, cell), hosts);
  }
}

/** For the hosts that carried the anchor before and still do. */
function compare(site: Pending, model: ModelIndex, { deltas, rows }: Output): void {
  const staying = stayingHosts(site, model);
  for (const { feature, id, was } of site.rows) {
    const { table } = feature;
    const is = feature.cell(site.at, id, model);
    const hosts = staying(was, is);
    const saw = was === undefined ? [] : seeing(was.audience, hosts);
    if (is === undefined) {
      deltas.drop(table, id, saw);
      continue;
    }
    const see = seeing(is.audience, hosts);
    const ceased = saw.filter((host) => !sees(is.audience, host));
    deltas.drop(table, id, ceased);
    const differs =
      was === undefined || (saw.length > ceased.length && !sameValue(rows.past(was), rows.present(table, id, is)));
    const told = differs ? see : see.filter((host) => !sees(was.audience, host));
    if (told.length > 0) deltas.put(table, rows.present(table, id, is), told);
  }
}

/** Gives those of the staying hosts that can see a row on either side. All rows that any carrier may see share one list. */
function stayingHosts({ anchor, at, joined }: Pending, model: ModelIndex) {
  const fresh = new Set(joined);
  let all: readonly string[] | undefined;
  return (was: Cell | undefined, is: Cell | undefined): readonly string[] => {
    const few = candidates(was, is);
    if (few) return few.filter((host) => !fresh.has(host) && anchor.carriage.carries(model, at, host));
    all ??= [...anchor.carriage.carriers(model, at)].filter((host) => !fresh.has(host));
    return all;
  };
}

/** The hosts that can see a row on either side when these are few; undefined when any carrier may. */
function candidates(was: Cell | undefined, is: Cell | undefined): string[] | undefined {
  const hosts = new Set<string>();
  for (const cell of [was, is]) {
    if (cell === undefined) continue;
    if (!('only' in cell.audience)) return undefined;
    hosts.add(cell.audience.only);
  }
  return [...hosts];
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
