import { DHCP_OWNER, type Port } from '../model/port.ts';
import { EVERY_CARRIER, type Feature } from './feature.ts';
import type { ModelIndex } from './model-index.ts';
import { rowAddresses } from './ports.ts';

/** Domain of networks that name none of their own. */
const DEFAULT_DOMAIN = 'netloom.internal';

export const dhcpServers: Feature<'dhcpServers'> = {
  table: 'dhcpServers',
  places(edit) {
    if (edit.kind === 'network') return [{ network: edit.id, id: edit.id }];
    if (edit.kind !== 'port') return [];
    return [edit.before, edit.after].flatMap((port) =>
      port?.deviceOwner === DHCP_OWNER ? [{ network: port.networkId, id: port.networkId }] : [],
    );
  },
  ids: (network) => [network.id],
  cell(network, id, model) {
    const port = serverPort(id, model);
    return (
      port && {
        audience: EVERY_CARRIER,
        make: () => ({
          id,
          segment: id,
          mac: port.mac,
          addresses: rowAddresses(port.fixedIps),
          domain: network.dnsDomain || DEFAULT_DOMAIN,
        }),
      }
    );
  },
};

/** The one DHCP port that counts: should there be several, the lowest id, so that all hosts agree. */
function serverPort(network: string, model: ModelIndex): Port | undefined {
  let chosen: Port | undefined;
  for (const port of model.dhcpPorts.get(network)?.values() ?? []) {
    if (port.fixedIps.length > 0 && (chosen === undefined || port.id < chosen.id)) chosen = port;
  }
  return chosen;
}
