import type { Port } from '../model/port.ts';
import type { Subnet } from '../model/subnet.ts';
import type { RouterInterface } from '../tables/host-tables.ts';

/** A router's port as hosts see it. An address of a subnet that is not known yet counts as soon as it is. */
export function routerInterface(port: Port, subnets: ReadonlyMap<string, Subnet> | undefined): RouterInterface {
  const known = port.fixedIps.flatMap(({ subnetId, ip }) => {
    const subnet = subnets?.get(subnetId);
    return subnet === undefined ? [] : [{ subnet, ip, address: `${ip}/${subnet.cidr.split('/')[1] ?? ''}` }];
  });
  return {
    ...{ port: port.id, segment: port.networkId, mac: port.mac },
    addresses: known.map(({ address }) => address),
    // Of several routers on a network the one that its hosts are to take.
    advertises: known.some(({ subnet, ip }) => subnet.ipv6RaMode !== null && subnet.gatewayIp === ip),
  };
}
