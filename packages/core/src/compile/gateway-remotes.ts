import { bothSides } from './edit.ts';
import type { Feature, Place } from './feature.ts';
import { hostnameOf } from './hostname.ts';
import { gatewayPort } from './joined-networks.ts';
import { type ModelIndex, vtepOf } from './model-index.ts';
import { isGateway } from './router-index.ts';

/** Gateways of routers, with their floating IPs, as other hosts of the external network reach them. */
export const gatewayRemotes: Feature<'remotes'> = {
  table: 'remotes',
  places(edit, model) {
    if (edit.kind === 'port') {
      const own = bothSides(edit).filter(isGateway);
      return own.map(({ networkId, id }) => ({ at: networkId, id }));
    }
    if (edit.kind === 'router') return bothSides(edit).flatMap(({ gateway }) => placesOf(gateway?.port, model));
    if (edit.kind === 'floatingIp') {
      const routers = bothSides(edit).flatMap(({ routerId }) => model.objects.router.get(routerId ?? '') ?? []);
      return routers.flatMap(({ gateway }) => placesOf(gateway?.port, model));
    }
    if (edit.kind !== 'host' || edit.before?.vtep === edit.after?.vtep) return [];
    const here = [...(model.routers.gatewaysAt.get(edit.id)?.values() ?? [])];
    return here.flatMap(({ gateway }) => placesOf(gateway?.port, model));
  },
  ids: (network, model) => model.routers.gatewaysOn.get(network)?.keys() ?? [],
  cell(network, id, model) {
    const port = model.routers.gatewaysOn.get(network)?.get(id);
    const router = port && model.objects.router.get(port.deviceId);
    const host = router?.gateway?.host ?? null;
    if (port === undefined || host === null || gatewayPort(model, router) !== port) return undefined;
    const vtep = vtepOf(model, host);
    if (vtep === null) return undefined;
    const floating = [...(model.routers.floatingIpsOf.get(port.deviceId)?.values() ?? [])];
    const ips = [...port.fixedIps.map(({ ip }) => ip), ...floating.map(({ address }) => address).sort()];
    const row = { id, segment: network, mac: port.mac, ips, vtep, hostname: hostnameOf(port) };
    return { audience: { except: [host] }, make: () => row };
  },
};

function placesOf(port: string | undefined, model: ModelIndex): Place[] {
  const found = port === undefined ? undefined : model.objects.port.get(port);
  return found === undefined ? [] : [{ at: found.networkId, id: found.id }];
}
