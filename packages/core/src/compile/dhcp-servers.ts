import type { Network } from '../model/network.ts';
import { DHCP_OWNER, type Port } from '../model/port.ts';
import { bothSides } from './edit.ts';
import { EVERY_CARRIER, type Feature } from './feature.ts';
import type { ModelIndex } from './model-index.ts';
import { rowAddresses } from './ports.ts';

/** Domain of networks that name none of their own. */
const DEFAULT_DOMAIN = 'netloom.internal';

export const dhcpServers: Feature<'dhcpServers'> = {
  table: 'dhcpServers',
  places(edit) {
    if (edit.kind === 'network') return [{ at: edit.id, id: edit.id }];
    if (edit.kind !== 'port') return [];
    return bothSides(edit)
      .filter(({ deviceOwner }) => deviceOwner === DHCP_OWNER)
      .map(({ networkId }) => ({ at: networkId, id: networkId }));
  },
  ids: (network) => [network],
  cell(_at, id, model) {
    const network = model.objects.network.get(id);
    const port = serverPort(id, model);
    if (network === undefined || port === undefined) return undefined;
    return { audience: EVERY_CARRIER, make: () => serverRow(network, port) };
  },
};

function serverRow({ id, dnsDomain }: Network, { mac, fixedIps }: Port) {
  return { id, segment: id, mac, addresses: rowAddresses(fixedIps), domain: dnsDomain || DEFAULT_DOMAIN };
}

/** The one DHCP port that counts: should there be several, the lowest id, so that all hosts agree. */
function serverPort(network: string, model: ModelIndex): Port | undefined {
  let chosen: Port | undefined;
  for (const port of model.dhcpPorts.get(network)?.values() ?? []) {
    if (port.fixedIps.length > 0 && (chosen === undefined || port.id < chosen.id)) chosen = port;
  }
  return chosen;
}
