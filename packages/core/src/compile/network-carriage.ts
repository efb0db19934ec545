import type { Carriage, Carried } from './carriage.ts';
import { bothSides, type Edit } from './edit.ts';
import { joinedWith } from './joined-networks.ts';
import { isBound, isInterface, type ModelIndex } from './model-index.ts';

/**
 * A host carries the networks of which it has a workload's port, and all that routers join with them: it routes by itself, so a packet
 * leaves it on the network of its destination.
 */
export const networkCarriage: Carriage = {
  carries(model, id, host) {
    const served = model.networksOn.get(host);
    if (served === undefined) return false;
    const joined = joinedWith(model, [id]);
    return served.has(id) ? joined.has(id) : !served.isDisjointFrom(joined);
  },
  carriers: (model, id) => hostsOf(joinedWith(model, [id]), model),
  on: (model, host) => joinedWith(model, model.networksOn.get(host) ?? []),
  turns(edit, model) {
    const touched = touchedNetworks(edit, model);
    if (touched.length === 0) return [];
    const joined = joinedWith(model, touched);
    const hosts = edit.kind === 'port' && !bothSides(edit).some(isInterface) ? hostsIn(edit) : hostsOf(joined, model);
    return pairs(joined, hosts);
  },
};

/** Networks at which an edit may change who carries what. */
function touchedNetworks(edit: Edit, model: ModelIndex): string[] {
  switch (edit.kind) {
    case 'port':
      return bothSides(edit)
        .filter((port) => isBound(port) || isInterface(port))
        .map(({ networkId }) => networkId);
    case 'network':
      return edit.before?.adminStateUp === edit.after?.adminStateUp ? [] : [edit.id];
    case 'router':
      if (edit.before?.adminStateUp === edit.after?.adminStateUp) return [];
      return [...(model.routers.interfacesOf.get(edit.id)?.values() ?? [])].map(({ networkId }) => networkId);
    default:
      return [];
  }
}

function hostsIn(edit: Edit & { readonly kind: 'port' }): Set<string> {
  return new Set(bothSides(edit).flatMap(({ host }) => host ?? []));
}

function hostsOf(networks: Iterable<string>, model: ModelIndex): Set<string> {
  const hosts = new Set<string>();
  for (const network of networks) for (const host of model.bound.get(network)?.keys() ?? []) hosts.add(host);
  return hosts;
}

function* pairs(networks: Iterable<string>, hosts: ReadonlySet<string>): Iterable<Carried> {
  for (const id of networks) for (const host of hosts) yield { id, host };
}
