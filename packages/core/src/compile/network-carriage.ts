import type { Carriage, Carried } from './carriage.ts';
import { bothSides, type Edit } from './edit.ts';
import { gatewayPort, joinedWith, networksOf, routersOn } from './joined-networks.ts';
import { isBound, type ModelIndex } from './model-index.ts';
import { isGateway, isInterface } from './router-index.ts';

/**
 * A host carries the networks of which it has a workload's port, those of a router whose gateway it has and the external one that this
 * leads to, and all that routers join with any of them: it routes by itself, so a packet leaves it on the network of its destination.
 */
export const networkCarriage: Carriage = {
  carries(model, id, host) {
    const joined = joinedWith(model, [id]);
    for (const network of placedOn(model, host)) if (joined.has(network)) return true;
    return false;
  },
  carriers: (model, id) => hostsOf(joinedWith(model, [id]), model),
  on: (model, host) => joinedWith(model, placedOn(model, host)),
  turns(edit, model) {
    const touched = touchedNetworks(edit, model);
    if (touched.length === 0) return [];
    const joined = joinedWith(model, touched);
    return pairs(joined, staysWorkload(edit) ? hostsIn(edit) : hostsOf(joined, model).union(hostsIn(edit)));
  },
};

/** Networks that a host carries by itself, and not because a router joins them with others. */
function* placedOn(model: ModelIndex, host: string): Iterable<string> {
  yield* model.networksOn.get(host) ?? [];
  for (const router of model.routers.gatewaysAt.get(host)?.values() ?? []) {
    const port = gatewayPort(model, router);
    if (port !== undefined) yield* [port.networkId, ...networksOf(model, router.id)];
  }
}

/** Networks at which an edit may change who carries what. */
function touchedNetworks(edit: Edit, model: ModelIndex): string[] {
  if (edit.kind === 'port') {
    return bothSides(edit).flatMap((port) => {
      if (isBound(port) || isInterface(port)) return [port.networkId];
      return isGateway(port) ? [port.networkId, ...networksOf(model, port.deviceId)] : [];
    });
  }
  if (edit.kind === 'network') {
    if (edit.before?.adminStateUp === edit.after?.adminStateUp) return [];
    const ways = [...(model.routers.gatewaysOn.get(edit.id)?.values() ?? [])];
    return [edit.id, ...ways.flatMap(({ deviceId }) => networksOf(model, deviceId))];
  }
  if (edit.kind !== 'router') return [];
  const external = bothSides(edit).flatMap(({ gateway }) => model.objects.port.get(gateway?.port ?? '') ?? []);
  return [...external.map(({ networkId }) => networkId), ...networksOf(model, edit.id)];
}

/** True when only the host of a workload matters. */
function staysWorkload(edit: Edit): boolean {
  return edit.kind === 'port' && !bothSides(edit).some((port) => isInterface(port) || isGateway(port));
}

function hostsIn(edit: Edit): Set<string> {
  if (edit.kind === 'port') return new Set(bothSides(edit).flatMap(({ host }) => host ?? []));
  if (edit.kind === 'router') return new Set(bothSides(edit).flatMap(({ gateway }) => gateway?.host ?? []));
  return new Set();
}

function hostsOf(networks: Iterable<string>, model: ModelIndex): Set<string> {
  const hosts = new Set<string>();
  /** Of a router, if it leaves by the port named, or by any. */
  const addGateway = (router: string, port?: string): void => {
    const found = model.objects.router.get(router);
    const out = gatewayPort(model, found);
    if (found?.gateway?.host && out && (port ?? out.id) === out.id) hosts.add(found.gateway.host);
  };
  for (const network of networks) {
    for (const host of model.bound.get(network)?.keys() ?? []) hosts.add(host);
    for (const router of routersOn(model, network)) addGateway(router);
    for (const { id, deviceId } of model.routers.gatewaysOn.get(network)?.values() ?? []) addGateway(deviceId, id);
  }
  return hosts;
}

function* pairs(networks: Iterable<string>, hosts: ReadonlySet<string>): Iterable<Carried> {
  for (const id of networks) for (const host of hosts) yield { id, host };
}
