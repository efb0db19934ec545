import type { NetloomClient } from '@netloom/api/client/connect';
import type { NetworkBody, PortBody, SubnetBody } from '@netloom/api/client/resources';
import type { NetworkSpec, Scenario, WorkloadSpec } from '../scenario/scenario.ts';
import { openOutside, reserveOutside } from './provision-gateways.ts';
import { provisionRouters, provisionRoutes } from './provision-routers.ts';
import { provisionSecurity } from './provision-security.ts';

/** What the API made of a workload. */
export interface ProvisionedPort {
  readonly id: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  /** With their prefix lengths. */
  readonly prefixed: readonly string[];
  /** Address outside that stands for it; null without one. */
  readonly floatingIp: string | null;
  /** Of its network, in bytes. */
  readonly mtu: number;
}

/** Registers the hosts; gives each one's link key. */
export async function provisionHosts(client: NetloomClient, scenario: Scenario): Promise<Map<string, string>> {
  const made = await Promise.all(scenario.hosts.map(({ name, driver }) => client.hosts.create({ name, driver })));
  return new Map(made.map((host) => [host.name, host.link_key ?? '']));
}

/**
 * Makes networks, subnets, routers, security groups, one port for each workload, bound nowhere yet, and what leads outside; ports by the
 * workload's name.
 */
export async function provisionPorts(
  client: NetloomClient,
  scenario: Scenario,
): Promise<ReadonlyMap<string, ProvisionedPort>> {
  const networks = new Map<string, NetworkBody>();
  for (const network of await client.networks.createMany(scenario.networks.map(networkAttributes))) {
    networks.set(network.name, network);
  }
  const subnets = await client.subnets.createMany(
    scenario.networks.flatMap((spec) => subnetAttributes(spec, networks.get(spec.name)?.id ?? '')),
  );
  const made = { networks, subnets, routers: await provisionRouters(client, scenario, { networks, subnets }) };
  const reserved = await reserveOutside(client, scenario, made);
  // Those that ask for an address come first: none of the others must get it.
  const projectId = networks.values().next().value?.project_id ?? '';
  const groups = await provisionSecurity(client, scenario, projectId);
  const workloads = scenario.workloads.toSorted((a, b) => Number(b.ips.length > 0) - Number(a.ips.length > 0));
  const ports = await client.ports.createMany(
    workloads.map((workload) => ({
      ...portAttributes(workload, networks.get(workload.network)?.id ?? '', subnets),
      ...protection(workload, groups),
    })),
  );
  const byName = new Map(ports.map((port) => [port.name, port]));
  const floatingIps = await openOutside(client, scenario, { ...made, ports: byName, reserved });
  await provisionRoutes(client, scenario, made.routers);
  const cidrs = new Map(subnets.map((subnet) => [subnet.id, subnet.cidr]));
  const mtus = new Map([...networks.values()].map((network) => [network.id, network.mtu]));
  return new Map(
    ports.map((port) => {
      const floatingIp = floatingIps.get(port.name) ?? null;
      return [port.name, { ...provisioned(port, cidrs), floatingIp, mtu: mtus.get(port.network_id) ?? 0 }];
    }),
  );
}

/** Binds each workload's port to its host, which brings it into effect there. */
export async function bindPorts(
  client: NetloomClient,
  scenario: Scenario,
  ports: ReadonlyMap<string, ProvisionedPort>,
): Promise<void> {
  await Promise.all(
    scenario.workloads.map((workload) =>
      client.ports.update(ports.get(workload.name)?.id ?? '', { 'binding:host_id': workload.host }),
    ),
  );
}

function networkAttributes(spec: NetworkSpec): object {
  return {
    name: spec.name,
    ...(spec.mtu === null ? {} : { mtu: spec.mtu }),
    ...(spec.flood === 'none' ? {} : { 'netloom:flood': spec.flood }),
    ...(spec.external ? { 'router:external': true } : {}),
    ...(spec.domain === '' ? {} : { dns_domain: `${spec.domain}.` }),
  };
}

function subnetAttributes(spec: NetworkSpec, networkId: string): object[] {
  return spec.subnets.map(({ cidr, family }) => {
    const sameFamily = (ip: string): boolean => ip.includes(':') === (family === 6);
    return {
      name: `${spec.name}-v${family}`,
      network_id: networkId,
      ip_version: family,
      cidr,
      enable_dhcp: spec.dhcp,
      dns_nameservers: spec.dns.filter(sameFamily),
      host_routes: spec.routes.filter((route) => sameFamily(route.nexthop)),
      ...(family === 6 && spec.ipv6 !== null ? { ipv6_ra_mode: spec.ipv6, ipv6_address_mode: spec.ipv6 } : {}),
    };
  });
}

function portAttributes(workload: WorkloadSpec, networkId: string, subnets: readonly SubnetBody[]): object {
  return {
    name: workload.name,
    network_id: networkId,
    device_owner: 'compute:lab',
    device_id: workload.name,
    dns_name: workload.hostname,
    ...(workload.mac === null ? {} : { mac_address: workload.mac }),
    ...(workload.ips.length === 0 ? {} : { fixed_ips: fixedIps(workload, networkId, subnets) }),
    extra_dhcp_opts: Object.entries(workload.options).map(([name, value]) => ({
      opt_name: name,
      opt_value: value,
      ip_version: 4,
    })),
  };
}

function protection({ portSecurity, groups, pairs }: WorkloadSpec, ids: ReadonlyMap<string, string>): object {
  if (!portSecurity) return { port_security_enabled: false };
  return {
    security_groups: groups.map((name) => ids.get(name)),
    allowed_address_pairs: pairs.map(({ prefix, mac }) => ({
      ip_address: prefix,
      ...(mac === null ? {} : { mac_address: mac }),
    })),
  };
}

/** The addresses asked for, and any one of each subnet of another family: naming some addresses means no others. */
function fixedIps(workload: WorkloadSpec, networkId: string, subnets: readonly SubnetBody[]): object[] {
  const asked = workload.ips.map((ip) => ({ ip_address: ip }));
  const families = new Set(workload.ips.map((ip) => (ip.includes(':') ? 6 : 4)));
  const others = subnets.filter((subnet) => subnet.network_id === networkId && !families.has(subnet.ip_version));
  return [...asked, ...others.map((subnet) => ({ subnet_id: subnet.id }))];
}

function provisioned(port: PortBody, cidrs: ReadonlyMap<string, string>) {
  return {
    id: port.id,
    mac: port.mac_address,
    addresses: port.fixed_ips.map((fixed) => fixed.ip_address),
    prefixed: port.fixed_ips.map((fixed) => `${fixed.ip_address}/${cidrs.get(fixed.subnet_id)?.split('/')[1] ?? ''}`),
  };
}
