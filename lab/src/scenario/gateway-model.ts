import { type FixedIp, GATEWAY_OWNER, type Port } from '@netloom/core/model/port';
import type { FloatingIp, RouterGateway } from '@netloom/core/model/router';
import { idOf, macOf } from './model-ids.ts';
import type { FloatingIpSpec, Scenario } from './scenario.ts';

interface Around {
  readonly projectId: string;
  /** Addresses on a network for a port with a MAC: those asked for, or free ones. */
  readonly give: (network: string, mac: string, asked: readonly string[]) => readonly FixedIp[];
  readonly portOf: ReadonlyMap<string, Port>;
}

/** Gateways by their routers' names with their ports, and floating IPs by their workloads' names. Without a host in the file a gateway is on its first one. */
export function gatewayModelOf({ hosts, routers, floatingIps }: Scenario, { projectId, give, portOf }: Around) {
  const gateways = new Map<string, RouterGateway>();
  const ports: Port[] = [];
  for (const { name, gateway } of routers) {
    if (gateway === null) continue;
    const mac = macOf(`gateway ${name}`);
    const port: Port = {
      ...{ id: idOf('port', `gateway ${name}`), projectId, networkId: idOf('network', gateway.network), mac },
      fixedIps: give(gateway.network, mac, gateway.ip === null ? [] : [gateway.ip]),
      ...{ adminStateUp: true, host: null, deviceOwner: GATEWAY_OWNER, deviceId: idOf('router', name) },
      ...{ dnsName: '', dhcpOptions: [], portSecurity: false, securityGroups: [], allowedPairs: [] },
    };
    ports.push(port);
    gateways.set(name, { port: port.id, host: gateway.host ?? hosts[0]?.name ?? null, snat: gateway.snat });
  }
  const floating = floatingIps.map((spec): [string, FloatingIp] => {
    const { workload, router, network, ip } = spec;
    const address = ip ?? ipv4Of(give(network, macOf(floatingIpName(spec)), []));
    const fixedAddress = ipv4Of(portOf.get(workload)?.fixedIps ?? []);
    return [workload, { id: floatingIpId(spec), address, routerId: idOf('router', router), fixedAddress }];
  });
  return { gateways, ports, floatingIpOf: new Map(floating) };
}

export function floatingIpId(spec: FloatingIpSpec): string {
  return idOf('floatingip', spec.workload);
}

/** As expectations say it. */
export function floatingIpName({ workload }: FloatingIpSpec): string {
  return `fip(${workload})`;
}

function ipv4Of(fixedIps: readonly FixedIp[]): string {
  const found = fixedIps.find(({ ip }) => !ip.includes(':'));
  if (found === undefined) throw new Error('a network without IPv4 got past the parser');
  return found.ip;
}
