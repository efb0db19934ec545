import type { TableName } from '../tables/host-tables.ts';
import type { Anchor } from './anchors.ts';
import { applyEdits } from './apply-edits.ts';
import type { Edit } from './edit.ts';
import { type Audience, sees } from './feature.ts';
import type { HostPreview, RowPreview } from './loom.ts';
import type { ModelIndex } from './model-index.ts';
import { type Scope, widenScope } from './scope.ts';

/** What edits would change on each host. The model is brought to their after side and back: it stays as it was. */
export function previewEdits(edits: readonly Edit[], model: ModelIndex): HostPreview[] {
  const turnTo = (side: 'before' | 'after') => {
    for (const edit of edits) model.put(edit.kind, edit.id, edit[side]);
  };
  const scope: Scope = new Map();
  widenScope(scope, edits, model);
  const { deltas } = applyEdits(edits, model);
  widenScope(scope, edits, model);
  turnTo('before');
  const sawBefore = audiences(scope, model);
  const hosts = deltas.flatMap(({ hosts, delta }) =>
    hosts.map((host): HostPreview => {
      const rows = Object.entries(delta).flatMap(([name, { upserts, deletes }]) => {
        const table = name as TableName;
        return [
          ...upserts.map(
            ({ id }): RowPreview => ({ table, id, change: sawBefore(table, id, host) ? 'update' : 'add' }),
          ),
          ...deletes.map((id): RowPreview => ({ table, id, change: 'remove' })),
        ];
      });
      return { host, rows: rows.sort((a, b) => compareText(a.table, b.table) || compareText(a.id, b.id)) };
    }),
  );
  return hosts.sort((a, b) => compareText(a.host, b.host));
}

/** Who sees the rows in scope, as the model stands. A row that is not in scope and comes to a host was not there. */
function audiences(scope: Scope, model: ModelIndex) {
  const cells = new Map<string, { readonly anchor: Anchor; readonly at: string; readonly audience: Audience }[]>();
  for (const [anchor, ofKind] of scope) {
    for (const [at, { rows }] of ofKind) {
      for (const [feature, ids] of rows) {
        for (const id of ids) {
          const cell = feature.cell(at, id, model);
          if (cell === undefined) continue;
          const key = `${feature.table}/${id}`;
          cells.set(key, [...(cells.get(key) ?? []), { anchor, at, audience: cell.audience }]);
        }
      }
    }
  }
  return (table: TableName, id: string, host: string): boolean =>
    cells
      .get(`${table}/${id}`)
      ?.some(({ anchor, at, audience }) => sees(audience, host) && anchor.carriage.carries(model, at, host)) === true;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
