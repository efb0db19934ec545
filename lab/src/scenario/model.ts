import type { Model } from '@netloom/core/compile/weave';
import type { Host } from '@netloom/core/model/host';
import type { Network } from '@netloom/core/model/network';
import { DHCP_OWNER, type FixedIp, type Port } from '@netloom/core/model/port';
import type { FloatingIp } from '@netloom/core/model/router';
import type { Subnet } from '@netloom/core/model/subnet';
import { formatAddress, parseAddress } from '@netloom/core/net/address';
import { eui64Address } from '@netloom/core/net/mac';
import { type Prefix, parsePrefix } from '@netloom/core/net/prefix';
import { firewallModelOf } from './firewall-model.ts';
import { gatewayModelOf } from './gateway-model.ts';
import { idOf, macOf } from './model-ids.ts';
import { routerModelOf } from './router-model.ts';
import { gatewayOf, type NetworkSpec, type Scenario, type SubnetSpec, type WorkloadSpec } from './scenario.ts';
import { groupId, securityModelOf } from './security-model.ts';

/** A scenario as the compiler reads it, with the port of every workload by the workload's name. */
export interface ScenarioModel extends Model {
  readonly portOf: ReadonlyMap<string, Port>;
  /** By the name of the workload that it stands for. */
  readonly floatingIpOf: ReadonlyMap<string, FloatingIp>;
  /** What the file says of a rule of a security group or firewall, by the rule's id. */
  readonly ruleTexts: ReadonlyMap<string, string>;
}

const FIRST_VNI = 5001;
/** What a network gets where the underlay has 1,500 bytes: VXLAN over IPv4 takes 50. */
const VXLAN_OVERHEAD = 50;
const PROJECT = idOf('project', 'lab').replaceAll('-', '');

/** Ids, VNIs, MACs and addresses depend on the scenario alone, so that two runs give the same model. */
export function modelOf(scenario: Scenario): ScenarioModel {
  const hosts = scenario.hosts.map((host, i): Host => ({ name: host.name, vtep: underlayAddress(i) }));
  const networks: Network[] = [];
  const subnets: Subnet[] = [];
  const ports: Port[] = [];
  const portOf = new Map<string, Port>();
  const givers = new Map<string, Giver>();
  for (const [i, spec] of scenario.networks.entries()) {
    const network = networkModel(spec, FIRST_VNI + i, scenario.underlayMtu - VXLAN_OVERHEAD);
    const ofNetwork = spec.subnets.map((subnet) => subnetModel(spec, network.id, subnet));
    const workloads = scenario.workloads.filter((workload) => workload.network === spec.name);
    const give = addressGiver(spec, ofNetwork, takenOn(spec.name, scenario));
    givers.set(spec.name, give);
    networks.push(network);
    subnets.push(...ofNetwork);
    if (spec.dhcp && workloads.length > 0) ports.push(dhcpPort(spec, network.id, give));
    for (const workload of workloads) {
      const port = workloadPort(workload, network.id, give);
      ports.push(port);
      portOf.set(workload.name, port);
    }
  }
  const give = (network: string, ...wanted: Parameters<Giver>): FixedIp[] => givers.get(network)?.(...wanted) ?? [];
  const { gateways, ports: ways, floatingIpOf } = gatewayModelOf(scenario, { projectId: PROJECT, give, portOf });
  const { routers, interfaces } = routerModelOf(scenario, { subnets, projectId: PROJECT, gateways });
  ports.push(...interfaces, ...ways);
  const security = securityModelOf(scenario, PROJECT);
  const firewalls = firewallModelOf(scenario, portOf);
  return {
    ...{
      hosts,
      networks,
      subnets,
      ports,
      portOf,
      routers,
      floatingIps: [...floatingIpOf.values()],
      floatingIpOf,
      logs: [],
    },
    ...security,
    ...firewalls,
    ruleTexts: new Map([...security.ruleTexts, ...firewalls.ruleTexts]),
  };
}

/** Underlay address of the host at an index from 0: 172.31.0.1 onwards. */
export function underlayAddress(index: number): string {
  return formatAddress({ family: 4, value: 0xac1f0000n + BigInt(index + 1) });
}

function networkModel(spec: NetworkSpec, vni: number, mtu: number): Network {
  return {
    id: idOf('network', spec.name),
    name: spec.name,
    projectId: PROJECT,
    adminStateUp: true,
    mtu: spec.mtu ?? mtu,
    vni,
    flood: spec.flood,
    dnsDomain: spec.domain,
  };
}

function subnetModel(spec: NetworkSpec, networkId: string, subnet: SubnetSpec): Subnet {
  const sameFamily = (ip: string): boolean => (parseAddress(ip)?.family ?? 0) === subnet.family;
  const mode = subnet.family === 6 ? spec.ipv6 : null;
  return {
    id: idOf('subnet', `${spec.name} ${subnet.cidr}`),
    networkId,
    cidr: subnet.cidr,
    gatewayIp: gatewayOf(subnet.cidr),
    enableDhcp: spec.dhcp,
    dnsNameservers: spec.dns.filter(sameFamily),
    hostRoutes: spec.routes.filter((route) => sameFamily(route.nexthop)),
    ipv6RaMode: mode,
    ipv6AddressMode: mode,
  };
}

/** Addresses of a network that the file gives to somebody. */
function takenOn(network: string, { workloads, routers, floatingIps }: Scenario): string[] {
  const on = <Each extends { readonly network: string }>(each: Each): boolean => each.network === network;
  const asked = [...workloads, ...routers.flatMap(({ legs }) => legs)].filter(on).flatMap(({ ips }) => ips);
  const outside = [...routers.flatMap(({ gateway }) => gateway ?? []), ...floatingIps].filter(on);
  return [...asked, ...outside.flatMap(({ ip }) => ip ?? [])];
}

type Giver = (mac: string, asked: readonly string[]) => FixedIp[];

/** Gives each port one address a subnet: the one asked for, the SLAAC one of its MAC, or the lowest free one. */
function addressGiver(spec: NetworkSpec, subnets: readonly Subnet[], taken: readonly string[]): Giver {
  const used = new Set(taken);
  for (const subnet of subnets) used.add(subnet.gatewayIp ?? '');
  return (mac, asked) =>
    subnets.map((subnet) => {
      const prefix = prefixOf(subnet);
      const chosen = asked.filter((ip) => parseAddress(ip)?.family === prefix.family);
      if (chosen[0] !== undefined) return { subnetId: subnet.id, ip: chosen[0] };
      if (prefix.family === 6 && (spec.ipv6 === 'slaac' || spec.ipv6 === 'dhcpv6-stateless')) {
        return { subnetId: subnet.id, ip: formatAddress(eui64Address(prefix, mac)) };
      }
      let value = prefix.first + 1n;
      while (used.has(formatAddress({ family: prefix.family, value }))) value++;
      const ip = formatAddress({ family: prefix.family, value });
      used.add(ip);
      return { subnetId: subnet.id, ip };
    });
}

function dhcpPort(spec: NetworkSpec, networkId: string, give: Giver): Port {
  const mac = macOf(`dhcp ${spec.name}`);
  return {
    id: idOf('port', `dhcp ${spec.name}`),
    projectId: PROJECT,
    networkId,
    mac,
    fixedIps: give(mac, []),
    adminStateUp: true,
    host: null,
    deviceOwner: DHCP_OWNER,
    deviceId: '',
    dnsName: '',
    dhcpOptions: [],
    portSecurity: false,
    securityGroups: [],
    allowedPairs: [],
  };
}

function workloadPort(workload: WorkloadSpec, networkId: string, give: Giver): Port {
  const mac = workload.mac ?? macOf(`workload ${workload.name}`);
  return {
    id: idOf('port', workload.name),
    projectId: PROJECT,
    networkId,
    mac,
    fixedIps: give(mac, workload.ips),
    adminStateUp: true,
    host: workload.host,
    deviceOwner: 'compute:lab',
    deviceId: '',
    dnsName: workload.hostname,
    dhcpOptions: Object.entries(workload.options).map(([name, value]) => ({ name, value, family: 4 })),
    portSecurity: workload.portSecurity,
    securityGroups: workload.groups.map(groupId),
    allowedPairs: workload.pairs.map((pair) => ({ mac: pair.mac ?? mac, prefix: pair.prefix })),
  };
}

function prefixOf(subnet: { readonly cidr: string }): Prefix {
  const prefix = parsePrefix(subnet.cidr);
  if (prefix === undefined) throw new Error(`"${subnet.cidr}" got past the parser`);
  return prefix;
}
