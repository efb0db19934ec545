import { bothSides, type Edit } from './edit.ts';
import type { ModelIndex } from './model-index.ts';
import { isGateway, isInterface } from './router-index.ts';

/** Routers whose rows an edit may touch, floating IPs apart. */
export function routersTouched(edit: Edit, model: ModelIndex): Iterable<string> {
  if (edit.kind === 'router') return [edit.id];
  if (edit.kind === 'port') {
    const own = bothSides(edit).filter((port) => isInterface(port) || isGateway(port));
    return new Set(own.map(({ deviceId }) => deviceId));
  }
  if (edit.kind === 'network') {
    return edit.before?.adminStateUp === edit.after?.adminStateUp ? [] : routersAt([edit.id], model);
  }
  if (edit.kind === 'subnet') {
    const networks = bothSides(edit).map(({ networkId }) => networkId);
    return routersAt(networks, model);
  }
  if (edit.kind !== 'host' || edit.before?.vtep === edit.after?.vtep) return [];
  return model.routers.gatewaysAt.get(edit.id)?.keys() ?? [];
}

/** Routers with a port on one of some networks, whichever sort of port it is. */
function routersAt(networks: readonly string[], { routers }: ModelIndex): Set<string> {
  const ports = networks.flatMap((network) => [
    ...(routers.interfacesOn.get(network)?.values() ?? []),
    ...(routers.gatewaysOn.get(network)?.values() ?? []),
  ]);
  return new Set(ports.map(({ deviceId }) => deviceId));
}
