import type { Port } from '../model/port.ts';
import { parseAddress } from '../net/address.ts';
import type { Feature } from './feature.ts';
import { gatewayPort } from './joined-networks.ts';
import type { ModelIndex } from './model-index.ts';
import { routerInterface } from './router-interface.ts';
import { routersTouched } from './routers-touched.ts';
import { transitOf } from './transit.ts';

/** Seen by the host of the gateway alone. */
export const gateways: Feature<'gateways'> = {
  table: 'gateways',
  places: (edit, model) => [...routersTouched(edit, model)].map((id) => ({ at: id, id })),
  ids: (router) => [router],
  cell(_at, id, model) {
    const router = model.objects.router.get(id);
    const port = gatewayPort(model, router);
    const host = router?.gateway?.host ?? null;
    if (port === undefined || host === null) return undefined;
    const row = {
      id,
      interface: routerInterface(port, model.subnetsOf.get(port.networkId)),
      nexthops: nexthopsOf(port, model),
      snat: router?.gateway?.snat ?? false,
      transit: transitOf(model, id) ?? null,
    };
    return { audience: { only: host }, make: () => row };
  },
};

/** The first of each family, in the order of the port's addresses. */
function nexthopsOf(port: Port, model: ModelIndex): string[] {
  const byFamily = new Map<number | undefined, string>();
  for (const { subnetId } of port.fixedIps) {
    const gateway = model.subnetsOf.get(port.networkId)?.get(subnetId)?.gatewayIp ?? null;
    if (gateway === null) continue;
    const family = parseAddress(gateway)?.family;
    if (!byFamily.has(family)) byFamily.set(family, gateway);
  }
  return [...byFamily.values()];
}
