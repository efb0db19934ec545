import type { Port } from '../model/port.ts';
import type { Router } from '../model/router.ts';
import { isInService, type ModelIndex } from './model-index.ts';

/** Those of some networks that are in service, and every other one in service that routers join with them, over however many. */
export function joinedWith(model: ModelIndex, networks: Iterable<string>): Set<string> {
  const joined = new Set<string>();
  const ahead = [...networks];
  for (let network = ahead.pop(); network !== undefined; network = ahead.pop()) {
    if (joined.has(network) || !isInService(model, network)) continue;
    joined.add(network);
    for (const router of routersOn(model, network)) ahead.push(...networksOf(model, router));
  }
  return joined;
}

/** Routers in service with an interface on a network. */
export function routersOn(model: ModelIndex, network: string): string[] {
  const ids = new Set<string>();
  for (const { deviceId } of model.routers.interfacesOn.get(network)?.values() ?? []) ids.add(deviceId);
  return [...ids].filter((id) => model.objects.router.get(id)?.adminStateUp === true);
}

/** Networks on which a router has interfaces. */
export function networksOf(model: ModelIndex, router: string): string[] {
  return [...(model.routers.interfacesOf.get(router)?.values() ?? [])].map(({ networkId }) => networkId);
}

/** The port by which a router in service leaves its networks, on an external network in service. */
export function gatewayPort(model: ModelIndex, router: Router | undefined): Port | undefined {
  if (router?.adminStateUp !== true || router.gateway === null) return undefined;
  const port = model.objects.port.get(router.gateway.port);
  const isKnown = port !== undefined && model.routers.gatewaysOn.get(port.networkId)?.get(port.id) === port;
  return isKnown && port.deviceId === router.id && isInService(model, port.networkId) ? port : undefined;
}
