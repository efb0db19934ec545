import { isInService, type ModelIndex } from './model-index.ts';

/** Those of some networks that are in service, and every other one in service that routers join with them, over however many. */
export function joinedWith(model: ModelIndex, networks: Iterable<string>): Set<string> {
  const joined = new Set<string>();
  const ahead = [...networks];
  for (let network = ahead.pop(); network !== undefined; network = ahead.pop()) {
    if (joined.has(network) || !isInService(model, network)) continue;
    joined.add(network);
    for (const router of routersOn(model, network)) {
      for (const { networkId } of model.routers.interfacesOf.get(router)?.values() ?? []) ahead.push(networkId);
    }
  }
  return joined;
}

/** Routers in service with an interface on a network. */
export function routersOn(model: ModelIndex, network: string): string[] {
  const ids = new Set<string>();
  for (const { deviceId } of model.routers.interfacesOn.get(network)?.values() ?? []) ids.add(deviceId);
  return [...ids].filter((id) => model.objects.router.get(id)?.adminStateUp === true);
}
