import type { Change, Kind, ModelKinds } from '../model/change.ts';
import { emptyTables } from '../tables/apply-delta.ts';
import type { HostTables, TableName, TableRows } from '../tables/host-tables.ts';
import { applyEdits } from './apply-edits.ts';
import { cellsOn } from './cells-on.ts';
import { squash } from './edit.ts';
import type { HostDelta, Loom } from './loom.ts';
import { carriers, carries, isBound, type ModelIndex, modelIndex } from './model-index.ts';

/** All objects that the compiler reads, in any order. */
export interface Model {
  readonly networks: readonly ModelKinds['network'][];
  readonly subnets: readonly ModelKinds['subnet'][];
  readonly ports: readonly ModelKinds['port'][];
  readonly hosts: readonly ModelKinds['host'][];
}

/**
 * A loom over a model. It keeps the model and its indexes, never host tables: `apply` asks the model as it was and as it
 * will be for the few rows that the changes may touch, and compares those.
 */
export function weave(objects: Model): Loom {
  const model = modelIndex();
  let rowsComputed = 0;
  for (const network of objects.networks) model.put('network', network.id, network);
  for (const subnet of objects.subnets) model.put('subnet', subnet.id, subnet);
  for (const port of objects.ports) model.put('port', port.id, port);
  for (const host of objects.hosts) model.put('host', host.name, host);

  return {
    apply(changes: readonly Change[]): HostDelta[] {
      const edits = squash(changes, (kind: Kind, id: string) => model.objects[kind].get(id) ?? null);
      if (edits.length === 0) return [];
      const result = applyEdits(edits, model);
      rowsComputed += result.rowsComputed;
      return result.deltas;
    },
    view: (host) => hostView(host, model),
    hostOfPort(id) {
      const port = model.objects.port.get(id);
      return port !== undefined && isBound(port) ? port.host : undefined;
    },
    hostOfVtep: (vtep) => [...(model.hostsAt.get(vtep) ?? [])].sort()[0],
    carriersOf: (network) => [...carriers(model, network)],
    get rowsComputed() {
      return rowsComputed;
    },
  };
}

function hostView(host: string, model: ModelIndex): HostTables {
  const tables = emptyTables();
  for (const network of model.networksOn.get(host) ?? []) {
    if (!carries(model, network, host)) continue;
    for (const { table, id, cell } of cellsOn(host, network, model)) {
      (tables[table] as Map<string, TableRows[TableName]>).set(id, cell.make());
    }
  }
  return tables;
}
