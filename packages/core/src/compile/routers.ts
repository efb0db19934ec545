import type { Port } from '../model/port.ts';
import type { Router } from '../model/router.ts';
import type { RouterInterface, RouterRow } from '../tables/host-tables.ts';
import { EVERY_CARRIER, type Feature } from './feature.ts';
import { isInService, type ModelIndex } from './model-index.ts';
import { routerInterface } from './router-interface.ts';
import { routersTouched } from './routers-touched.ts';

export const routers: Feature<'routers'> = {
  table: 'routers',
  places: (edit, model) => [...routersTouched(edit, model)].map((id) => ({ at: id, id })),
  ids: (router) => [router],
  cell(_at, id, model) {
    const router = model.objects.router.get(id);
    if (router === undefined) return undefined;
    const ports = interfacePorts(model, id).map((port) => ({ port, subnets: model.subnetsOf.get(port.networkId) }));
    // Maps of subnets change with the model: rows are made of what is in them now.
    const interfaces = ports.map(({ port, subnets }) => routerInterface(port, subnets));
    return { audience: EVERY_CARRIER, make: () => routerRow(router, interfaces) };
  },
};

function routerRow({ id, routes }: Router, interfaces: readonly RouterInterface[]): RouterRow {
  return { id, interfaces, routes: routes.map(({ destination, nexthop }) => ({ destination, nexthop })) };
}

/** Ports of a router's interfaces on networks in service, by id. */
export function interfacePorts(model: ModelIndex, router: string): Port[] {
  return [...(model.routers.interfacesOf.get(router)?.values() ?? [])]
    .filter(({ networkId }) => isInService(model, networkId))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
