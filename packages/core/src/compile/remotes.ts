import type { Feature } from './feature.ts';
import { hostnameOf } from './hostname.ts';
import { vtepOf } from './model-index.ts';
import { boundPort, boundPortIds, portPlaces } from './ports.ts';

export const remotes: Feature<'remotes'> = {
  table: 'remotes',
  places(edit, model) {
    if (edit.kind !== 'host' || edit.before?.vtep === edit.after?.vtep) return portPlaces(edit);
    return [...(model.networksOn.get(edit.id) ?? [])].flatMap((network) =>
      [...(model.bound.get(network)?.get(edit.id)?.keys() ?? [])].map((id) => ({ at: network, id })),
    );
  },
  ids: boundPortIds,
  cell(network, id, model) {
    const port = boundPort(network, id, model);
    if (port === undefined || !port.adminStateUp) return undefined;
    const vtep = vtepOf(model, port.host);
    if (vtep === null) return undefined;
    return {
      audience: { except: [port.host] },
      make: () => ({
        id,
        segment: network,
        mac: port.mac,
        ips: port.fixedIps.map(({ ip }) => ip),
        vtep,
        hostname: hostnameOf(port),
      }),
    };
  },
};
