import { holds } from '@netloom/core/filter/rule-fits';
import type { Port } from '@netloom/core/model/port';
import type { Router, RouterGateway } from '@netloom/core/model/router';
import type { Subnet } from '@netloom/core/model/subnet';
import { parseAddress } from '@netloom/core/net/address';
import { idOf, macOf } from './model-ids.ts';
import type { RouterLegSpec, RouterSpec, Scenario } from './scenario.ts';

interface Around extends Among {
  /** By their routers' names. */
  readonly gateways: ReadonlyMap<string, RouterGateway>;
}

/** The routers of a scenario as the compiler reads them, with the ports by which they meet its networks. */
export function routerModelOf({ routers }: Scenario, { subnets, projectId, gateways }: Around) {
  return {
    routers: routers.map(
      ({ name, adminStateUp, routes }): Router => ({
        id: routerId(name),
        projectId,
        adminStateUp,
        routes,
        gateway: gateways.get(name) ?? null,
      }),
    ),
    interfaces: routers.flatMap((router) =>
      router.legs.flatMap((leg) => legPorts(router, leg, { subnets, projectId })),
    ),
  };
}

export function routerId(name: string): string {
  return idOf('router', name);
}

interface Among {
  readonly subnets: readonly Subnet[];
  readonly projectId: string;
}

function legPorts(router: RouterSpec, { network, ips }: RouterLegSpec, { subnets, projectId }: Among): Port[] {
  const networkId = idOf('network', network);
  const own = subnets.filter((subnet) => subnet.networkId === networkId);
  const addresses =
    ips.length === 0
      ? own.flatMap(({ id, gatewayIp }) => (gatewayIp === null ? [] : [{ subnetId: id, ip: gatewayIp }]))
      : ips.flatMap((ip) => own.filter((subnet) => isIn(subnet, ip)).map(({ id }) => ({ subnetId: id, ip })));
  return byPort(addresses).map((fixedIps): Port => {
    const name = `router ${router.name} ${network} ${fixedIps[0]?.ip}`;
    return {
      ...{ id: idOf('port', name), projectId, networkId, mac: macOf(name), fixedIps },
      ...{ adminStateUp: true, host: null, deviceOwner: 'network:router_interface', deviceId: routerId(router.name) },
      ...{ dnsName: '', dhcpOptions: [], portSecurity: false, securityGroups: [], allowedPairs: [] },
    };
  });
}

/** One port for each IPv4 address and one for those of IPv6: a router's ports can have no others. */
export function byPort<Address extends { readonly ip: string }>(addresses: readonly Address[]): Address[][] {
  const isIpv6 = ({ ip }: Address): boolean => ip.includes(':');
  return [...addresses.filter((each) => !isIpv6(each)).map((each) => [each]), addresses.filter(isIpv6)].filter(
    (some) => some.length > 0,
  );
}

function isIn({ cidr }: Subnet, ip: string): boolean {
  const address = parseAddress(ip);
  return address !== undefined && holds(cidr, address);
}
