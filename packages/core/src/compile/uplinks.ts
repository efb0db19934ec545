import type { Feature } from './feature.ts';
import { gatewayPort } from './joined-networks.ts';
import { vtepOf } from './model-index.ts';
import { routersTouched } from './routers-touched.ts';
import { transitOf } from './transit.ts';

/** Seen by every host with the router but that of its gateway. */
export const uplinks: Feature<'uplinks'> = {
  table: 'uplinks',
  places: (edit, model) => [...routersTouched(edit, model)].map((id) => ({ at: id, id })),
  ids: (router) => [router],
  cell(_at, id, model) {
    const router = model.objects.router.get(id);
    const host = router?.gateway?.host ?? null;
    if (host === null || gatewayPort(model, router) === undefined) return undefined;
    const [transit, vtep] = [transitOf(model, id), vtepOf(model, host)];
    if (transit === undefined || vtep === null) return undefined;
    return { audience: { except: [host] }, make: () => ({ id, transit, vtep }) };
  },
};
