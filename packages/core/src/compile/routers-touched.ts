import { bothSides, type Edit } from './edit.ts';
import type { ModelIndex } from './model-index.ts';
import { isGateway, isInterface } from './router-index.ts';

/** Routers whose rows an edit may touch, floating IPs apart. */
export function routersTouched(edit: Edit, model: ModelIndex): Iterable<string> {
  switch (edit.kind) {
    case 'router':
      return [edit.id];
    case 'port':
      return new Set(
        bothSides(edit)
          .filter((port) => isInterface(port) || isGateway(port))
          .map(({ deviceId }) => deviceId),
      );
    case 'network':
      return edit.before?.adminStateUp === edit.after?.adminStateUp ? [] : routersAt([edit.id], model);
    case 'subnet':
      return routersAt(
        bothSides(edit).map(({ networkId }) => networkId),
        model,
      );
    case 'host':
      return edit.before?.vtep === edit.after?.vtep ? [] : (model.routers.gatewaysAt.get(edit.id)?.keys() ?? []);
    default:
      return [];
  }
}

/** Routers with a port on one of some networks, whichever sort of port it is. */
function routersAt(networks: readonly string[], { routers }: ModelIndex): Set<string> {
  const ports = networks.flatMap((network) => [
    ...(routers.interfacesOn.get(network)?.values() ?? []),
    ...(routers.gatewaysOn.get(network)?.values() ?? []),
  ]);
  return new Set(ports.map(({ deviceId }) => deviceId));
}
