import type { Carriage } from './carriage.ts';
import { bothSides, type Edit } from './edit.ts';
import { joinedWith, routersOn } from './joined-networks.ts';
import { isInterface, type ModelIndex } from './model-index.ts';
import { networkCarriage } from './network-carriage.ts';

/** A host carries the routers in service of the networks that it carries. */
export const routerCarriage: Carriage = {
  carries: (model, id, host) => !joined(model, id).isDisjointFrom(new Set(model.networksOn.get(host))),
  carriers(model, id) {
    const [any] = joined(model, id);
    return any === undefined ? [] : networkCarriage.carriers(model, any);
  },
  on(model, host) {
    const networks = [...networkCarriage.on(model, host)];
    return new Set(networks.flatMap((network) => routersOn(model, network)));
  },
  *turns(edit, model) {
    for (const { id: network, host } of networkCarriage.turns(edit, model)) {
      for (const id of new Set([...routersOn(model, network), ...routersIn(edit)])) yield { id, host };
    }
  },
};

/** Networks that hosts carry with a router. */
function joined(model: ModelIndex, id: string): Set<string> {
  if (model.objects.router.get(id)?.adminStateUp !== true) return new Set();
  const interfaces = [...(model.routers.interfacesOf.get(id)?.values() ?? [])];
  return joinedWith(
    model,
    interfaces.map(({ networkId }) => networkId),
  );
}

function routersIn(edit: Edit): string[] {
  if (edit.kind === 'router') return [edit.id];
  if (edit.kind !== 'port') return [];
  return bothSides(edit)
    .filter(isInterface)
    .map(({ deviceId }) => deviceId);
}
