import type { Subnet } from '../model/subnet.ts';
import { bothSides } from './edit.ts';
import { EVERY_CARRIER, type Feature } from './feature.ts';

export const subnets: Feature<'subnets'> = {
  table: 'subnets',
  places(edit) {
    if (edit.kind !== 'subnet') return [];
    return bothSides(edit).map(({ networkId, id }) => ({ at: networkId, id }));
  },
  ids: (network, model) => model.subnetsOf.get(network)?.keys() ?? [],
  cell(network, id, model) {
    const subnet = model.objects.subnet.get(id);
    if (subnet === undefined || subnet.networkId !== network || !subnet.enableDhcp) return undefined;
    return { audience: EVERY_CARRIER, make: () => subnetRow(subnet) };
  },
};

function subnetRow(subnet: Subnet) {
  return {
    id: subnet.id,
    segment: subnet.networkId,
    cidr: subnet.cidr,
    gateway: subnet.gatewayIp,
    dnsServers: subnet.dnsNameservers,
    routes: subnet.hostRoutes.map(({ destination, nexthop }) => ({ destination, nexthop })),
    raMode: subnet.ipv6RaMode,
    addressMode: subnet.ipv6AddressMode,
  };
}
