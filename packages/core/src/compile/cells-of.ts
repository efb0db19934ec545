import type { TableName } from '../tables/host-tables.ts';
import type { Anchor } from './anchors.ts';
import type { Cell } from './feature.ts';
import type { ModelIndex } from './model-index.ts';

export interface LocatedCell {
  readonly table: TableName;
  readonly id: string;
  readonly cell: Cell;
}

/** Every row that belongs to an anchor. */
export function* cellsOf({ features }: Anchor, at: string, model: ModelIndex): Iterable<LocatedCell> {
  for (const feature of features) {
    for (const id of feature.ids(at, model)) {
      const cell = feature.cell(at, id, model);
      if (cell !== undefined) yield { table: feature.table, id, cell };
    }
  }
}
