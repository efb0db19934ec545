import type { Port } from '../model/port.ts';
import type { Router } from '../model/router.ts';
import type { Subnet } from '../model/subnet.ts';
import type { RouterInterface, RouterRow } from '../tables/host-tables.ts';
import { bothSides } from './edit.ts';
import { EVERY_CARRIER, type Feature, type Place } from './feature.ts';
import { isInService, isInterface, type ModelIndex } from './model-index.ts';

export const routers: Feature<'routers'> = {
  table: 'routers',
  places(edit, model) {
    switch (edit.kind) {
      case 'router':
        return [placeOf(edit.id)];
      case 'port':
        return bothSides(edit)
          .filter(isInterface)
          .map(({ deviceId }) => placeOf(deviceId));
      case 'network':
        if (edit.before?.adminStateUp === edit.after?.adminStateUp) return [];
        return placesOn(edit.id, model);
      case 'subnet':
        return bothSides(edit).flatMap(({ networkId }) => placesOn(networkId, model));
      default:
        return [];
    }
  },
  ids: (router) => [router],
  cell(_at, id, model) {
    const router = model.objects.router.get(id);
    if (router === undefined) return undefined;
    const ports = [...(model.routers.interfacesOf.get(id)?.values() ?? [])].filter(({ networkId }) =>
      isInService(model, networkId),
    );
    const subnets = new Map(ports.flatMap(({ networkId }) => [...(model.subnetsOf.get(networkId) ?? [])]));
    return { audience: EVERY_CARRIER, make: () => routerRow(router, ports, subnets) };
  },
};

function placeOf(router: string): Place {
  return { at: router, id: router };
}

function placesOn(network: string, model: ModelIndex): Place[] {
  const ports = [...(model.routers.interfacesOn.get(network)?.values() ?? [])];
  return ports.map(({ deviceId }) => placeOf(deviceId));
}

function routerRow({ id, routes }: Router, ports: readonly Port[], subnets: ReadonlyMap<string, Subnet>): RouterRow {
  const interfaces = ports.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((port) => routerInterface(port, subnets));
  return { id, interfaces, routes: routes.map(({ destination, nexthop }) => ({ destination, nexthop })) };
}

/** An address of a subnet that is not known yet counts as soon as it is. */
function routerInterface(port: Port, subnets: ReadonlyMap<string, Subnet>): RouterInterface {
  const known = port.fixedIps.flatMap(({ subnetId, ip }) => {
    const subnet = subnets.get(subnetId);
    return subnet?.networkId !== port.networkId
      ? []
      : [{ subnet, address: `${ip}/${subnet.cidr.split('/')[1] ?? ''}` }];
  });
  return {
    ...{ port: port.id, segment: port.networkId, mac: port.mac },
    addresses: known.map(({ address }) => address),
    advertises: known.some(({ subnet }) => subnet.ipv6RaMode !== null),
  };
}
