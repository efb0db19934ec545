import type { Carriage } from './carriage.ts';
import { bothSides, type Edit } from './edit.ts';
import { isBound, isInService, type ModelIndex } from './model-index.ts';

/** A host serves the networks in service of which it has a workload's port. */
export const servedCarriage: Carriage = {
  carries: (model, id, host) => isInService(model, id) && model.bound.get(id)?.has(host) === true,
  carriers: (model, id) => (isInService(model, id) ? (model.bound.get(id)?.keys() ?? []) : []),
  on: (model, host) => [...(model.networksOn.get(host) ?? [])].filter((id) => isInService(model, id)),
  turns(edit, model) {
    if (edit.kind === 'port') {
      return bothSides(edit)
        .filter(isBound)
        .map(({ networkId, host }) => ({ id: networkId, host }));
    }
    return servedBy(edit, model).map((host) => ({ id: edit.id, host }));
  },
};

/** Hosts with ports of a network that an edit may take into or out of service. */
export function servedBy(edit: Edit, model: ModelIndex): string[] {
  if (edit.kind !== 'network' || edit.before?.adminStateUp === edit.after?.adminStateUp) return [];
  return [...(model.bound.get(edit.id)?.keys() ?? [])];
}
