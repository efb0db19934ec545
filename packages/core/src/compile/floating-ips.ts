import { bothSides } from './edit.ts';
import type { Feature, Place } from './feature.ts';
import { gatewayPort } from './joined-networks.ts';
import { routersTouched } from './routers-touched.ts';

/** Seen by the host of their router's gateway. */
export const floatingIps: Feature<'floatingIps'> = {
  table: 'floatingIps',
  places(edit, model) {
    if (edit.kind === 'floatingIp') {
      return bothSides(edit).flatMap(({ routerId, id }): Place[] => (routerId === null ? [] : [{ at: routerId, id }]));
    }
    // Only these decide who sees them.
    if (edit.kind !== 'router' && edit.kind !== 'port' && edit.kind !== 'network') return [];
    return [...routersTouched(edit, model)].flatMap((router) =>
      [...(model.routers.floatingIpsOf.get(router)?.keys() ?? [])].map((id) => ({ at: router, id })),
    );
  },
  ids: (router, model) => model.routers.floatingIpsOf.get(router)?.keys() ?? [],
  cell(router, id, model) {
    const found = model.routers.floatingIpsOf.get(router)?.get(id);
    const through = model.objects.router.get(router);
    const host = through?.gateway?.host ?? null;
    if (found === undefined || found.fixedAddress === null || host === null) return undefined;
    if (gatewayPort(model, through) === undefined) return undefined;
    const { address, fixedAddress: fixed } = found;
    return { audience: { only: host }, make: () => ({ id, router, address, fixed }) };
  },
};
