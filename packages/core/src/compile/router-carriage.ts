import type { Carriage } from './carriage.ts';
import { bothSides, type Edit } from './edit.ts';
import { gatewayPort, joinedWith, networksOf, routersOn } from './joined-networks.ts';
import type { ModelIndex } from './model-index.ts';
import { networkCarriage } from './network-carriage.ts';
import { isGateway, isInterface } from './router-index.ts';

/** A host carries the routers in service of the networks that it carries, and those whose gateway it has. */
export const routerCarriage: Carriage = {
  carries(model, id, host) {
    if (isGatewayAt(model, id, host)) return true;
    const [any] = joined(model, id);
    return any !== undefined && networkCarriage.carries(model, any, host);
  },
  carriers(model, id) {
    const hosts = new Set<string>();
    const at = model.objects.router.get(id)?.gateway?.host;
    if (at && isGatewayAt(model, id, at)) hosts.add(at);
    const [any] = joined(model, id);
    return any === undefined ? hosts : hosts.union(new Set(networkCarriage.carriers(model, any)));
  },
  on(model, host) {
    const networks = [...networkCarriage.on(model, host)];
    const ways = [...(model.routers.gatewaysAt.get(host)?.keys() ?? [])].filter((id) => isGatewayAt(model, id, host));
    return new Set([...networks.flatMap((network) => routersOn(model, network)), ...ways]);
  },
  *turns(edit, model) {
    for (const { id: network, host } of networkCarriage.turns(edit, model)) {
      const ways = [...(model.routers.gatewaysOn.get(network)?.values() ?? [])].map(({ deviceId }) => deviceId);
      for (const id of new Set([...routersOn(model, network), ...ways, ...routersIn(edit)])) yield { id, host };
    }
  },
};

function isGatewayAt(model: ModelIndex, id: string, host: string): boolean {
  const router = model.objects.router.get(id);
  return router?.gateway?.host === host && gatewayPort(model, router) !== undefined;
}

/** Networks that hosts carry with a router. */
function joined(model: ModelIndex, id: string): Set<string> {
  if (model.objects.router.get(id)?.adminStateUp !== true) return new Set();
  return joinedWith(model, networksOf(model, id));
}

function routersIn(edit: Edit): string[] {
  if (edit.kind === 'router') return [edit.id];
  if (edit.kind !== 'port') return [];
  return bothSides(edit)
    .filter((port) => isInterface(port) || isGateway(port))
    .map(({ deviceId }) => deviceId);
}
