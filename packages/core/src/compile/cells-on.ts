import type { TableName } from '../tables/host-tables.ts';
import { type Cell, sees } from './feature.ts';
import { FEATURES } from './features.ts';
import type { ModelIndex } from './model-index.ts';

export interface LocatedCell {
  readonly table: TableName;
  readonly id: string;
  readonly cell: Cell;
}

/** Every row of a network that a host sees, given that it carries the network. */
export function* cellsOn(host: string, networkId: string, model: ModelIndex): Iterable<LocatedCell> {
  const network = model.objects.network.get(networkId);
  if (network === undefined) return;
  for (const feature of FEATURES) {
    for (const id of feature.ids(network, model)) {
      const cell = feature.cell(network, id, model);
      if (cell !== undefined && sees(cell.audience, host)) yield { table: feature.table, id, cell };
    }
  }
}
