import type { Model } from '@netloom/core/compile/weave';
import type { FirewallPolicyRule } from '@netloom/core/model/firewall';
import type { Port } from '@netloom/core/model/port';
import type { Router } from '@netloom/core/model/router';
import type { SecurityGroupRule } from '@netloom/core/model/security-group';
import type { HostTables } from '@netloom/core/tables/host-tables';

const OWNERS = [
  'network:router_interface',
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
];

/** Recorded: hosts of every version must come to the same. */
const TRANSIT_MACS: Readonly<Record<string, string>> = { x1: 'fe:07:b5:8d:70:c2', x2: 'fe:07:b5:8d:6f:0f' };

/** What a host must see, written from the rules as one slow pass over the model: the oracle for the real compiler. */
export function expectedView(model: Model, host: string): HostTables {
  const isDhcp = (port: Port) => port.deviceOwner === 'network:dhcp';
  const isService = (port: Port) => port.deviceOwner.startsWith('network:');
  const isInterface = (port: Port) => OWNERS.includes(port.deviceOwner);
  const vtepOf = (name: string | null) => model.hosts.find((one) => one.name === name)?.vtep ?? null;
  const hostname = (port: Port) =>
    port.dnsName !== ''
      ? port.dnsName
      : `host-${(port.fixedIps.length > 0 ? (port.fixedIps[0]?.ip ?? '') : port.mac).split(/[.:]/).join('-')}`;
  const addresses = (port: Port) => port.fixedIps.map((fixed) => ({ subnet: fixed.subnetId, ip: fixed.ip }));
  const guard = (port: Port) => {
    if (!port.portSecurity) return null;
    const texts = new Set(port.allowedPairs.map(({ mac, prefix }) => `${mac} ${prefix}`));
    const pairs = [...texts].sort().map((text) => ({ mac: text.split(' ')[0], prefix: text.split(' ')[1] }));
    const firewall = model.firewallGroupPorts.find(({ id }) => id === port.id)?.groupId ?? null;
    return { pairs, filters: [...new Set(port.securityGroups)].sort(), firewall };
  };
  const view = {
    segments: new Map(),
    ports: new Map(),
    remotes: new Map(),
    floods: new Map(),
    subnets: new Map(),
    dhcpServers: new Map(),
    filters: new Map(),
    addressSets: new Map(),
    firewalls: new Map(),
    logs: new Map(),
    routers: new Map(),
    gateways: new Map(),
    uplinks: new Map(),
    floatingIps: new Map(),
  };
  const workloadsOn = (network: string) =>
    model.ports.filter((port) => port.networkId === network && port.host !== null && !isService(port));
  const inService = (network: string) => model.networks.some(({ id, adminStateUp }) => id === network && adminStateUp);
  const routersUp = model.routers.filter(({ adminStateUp }) => adminStateUp);
  const interfacesOf = (router: string) =>
    model.ports
      .filter(
        (port) =>
          isInterface(port) &&
          port.deviceId !== '' &&
          port.adminStateUp &&
          port.deviceId === router &&
          inService(port.networkId),
      )
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  const gatewayOf = (router: Router) => {
    const port = model.ports.find(({ id }) => id === router.gateway?.port);
    const fits = port?.deviceOwner === 'network:router_gateway' && port.deviceId === router.id && port.adminStateUp;
    return fits && router.adminStateUp && inService(port.networkId) ? port : undefined;
  };
  /** Grows until no router adds anything. */
  const carriedBy = (name: string) => {
    const carried = new Set(
      model.networks.flatMap(({ id }) =>
        inService(id) && workloadsOn(id).some((port) => port.host === name) ? [id] : [],
      ),
    );
    for (const router of routersUp) {
      const port = router.gateway?.host === name ? gatewayOf(router) : undefined;
      if (port === undefined) continue;
      for (const { networkId } of [port, ...interfacesOf(router.id)]) carried.add(networkId);
    }
    for (let before = -1; before < carried.size; ) {
      before = carried.size;
      for (const { id } of routersUp) {
        const networks = interfacesOf(id).map(({ networkId }) => networkId);
        if (networks.some((network) => carried.has(network))) for (const network of networks) carried.add(network);
      }
    }
    return carried;
  };
  const carried = carriedBy(host);
  const carriersOf = (network: string) => {
    const names = new Set([
      ...model.ports.flatMap((port) => port.host ?? []),
      ...model.routers.flatMap(({ gateway }) => gateway?.host ?? []),
    ]);
    return [...names].filter((name) => carriedBy(name).has(network));
  };
  for (const network of model.networks) {
    if (!carried.has(network.id)) continue;
    const workloads = workloadsOn(network.id);
    const segment = network.id;
    const roams = workloads.some(({ allowedPairs }) => allowedPairs.length > 0);
    const flood = roams ? 'head-end' : network.flood;
    view.segments.set(segment, { id: segment, vni: network.vni, mtu: network.mtu, flood });
    for (const port of workloads) {
      const { id, mac } = port;
      const vtep = vtepOf(port.host);
      if (port.host === host) {
        view.ports.set(id, {
          ...{ id, segment, mac, device: `tap${id.slice(0, 11)}`, addresses: addresses(port) },
          ...{ adminUp: port.adminStateUp, hostname: hostname(port), dhcpOptions: port.dhcpOptions },
          guard: guard(port),
        });
      } else if (port.adminStateUp && vtep !== null) {
        const ips = port.fixedIps.map((fixed) => fixed.ip);
        view.remotes.set(id, { id, segment, mac, ips, vtep, hostname: hostname(port) });
      }
    }
    for (const vtep of flood === 'head-end' ? carriersOf(segment).map(vtepOf) : []) {
      if (vtep === null || vtep === vtepOf(host)) continue;
      view.floods.set(`${segment}/${vtep}`, { id: `${segment}/${vtep}`, segment, vtep });
    }
    if (!workloads.some((port) => port.host === host)) continue;
    for (const subnet of model.subnets) {
      if (subnet.networkId !== network.id || !subnet.enableDhcp) continue;
      const { id, cidr, gatewayIp: gateway, dnsNameservers: dnsServers, hostRoutes: routes } = subnet;
      const modes = { raMode: subnet.ipv6RaMode, addressMode: subnet.ipv6AddressMode };
      view.subnets.set(id, { id, segment, cidr, gateway, dnsServers, routes, ...modes });
    }
    const [server] = model.ports
      .filter((port) => port.networkId === network.id && isDhcp(port) && port.fixedIps.length > 0)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    if (server !== undefined) {
      const domain = network.dnsDomain === '' ? 'netloom.internal' : network.dnsDomain;
      view.dhcpServers.set(segment, { id: segment, segment, mac: server.mac, addresses: addresses(server), domain });
    }
  }
  const face = (port: Port) => {
    const subnetOf = (subnet: string) =>
      model.subnets.find((one) => one.id === subnet && one.networkId === port.networkId);
    const known = port.fixedIps.filter(({ subnetId }) => subnetOf(subnetId) !== undefined);
    const nexthops = ['4', '6'].flatMap(
      (family) =>
        known
          .map(({ subnetId }) => subnetOf(subnetId)?.gatewayIp ?? '')
          .find((ip) => ip !== '' && ip.includes(':') === (family === '6')) ?? [],
    );
    const row = {
      ...{ port: port.id, segment: port.networkId, mac: port.mac },
      addresses: known.map(({ ip, subnetId }) => `${ip}/${subnetOf(subnetId)?.cidr.split('/')[1]}`),
      advertises: known.some(({ subnetId, ip }) => {
        const subnet = subnetOf(subnetId);
        return subnet !== undefined && subnet.ipv6RaMode !== null && subnet.gatewayIp === ip;
      }),
    };
    return { row, nexthops };
  };
  for (const router of routersUp) {
    const { id, routes, gateway } = router;
    const ports = interfacesOf(id);
    const out = gatewayOf(router);
    const isHere = out !== undefined && gateway?.host === host;
    const has = isHere || ports.some(({ networkId }) => carried.has(networkId));
    const transit = ports[0] === undefined ? null : { segment: ports[0].networkId, mac: TRANSIT_MACS[id] };
    if (has) view.routers.set(id, { id, interfaces: ports.map((port) => face(port).row), routes });
    const floating = model.floatingIps.filter(({ routerId }) => routerId === id);
    if (isHere) {
      const { row, nexthops } = face(out);
      view.gateways.set(id, { id, interface: row, nexthops, snat: gateway?.snat, transit });
      for (const { id: ip, address, fixedAddress: fixed } of floating) {
        if (fixed !== null) view.floatingIps.set(ip, { id: ip, router: id, address, fixed });
      }
    }
    const vtep = vtepOf(gateway?.host ?? null);
    if (out === undefined || vtep === null || isHere) continue;
    if (has && transit !== null) view.uplinks.set(id, { id, transit, vtep });
    if (!carried.has(out.networkId)) continue;
    const ips = [...out.fixedIps.map(({ ip }) => ip), ...floating.map(({ address }) => address).sort()];
    const { networkId: segment, mac } = out;
    view.remotes.set(out.id, { id: out.id, segment, mac, ips, vtep, hostname: hostname(out) });
  }
  const addMembers = (set: string) => {
    const add = (id: string, prefixes: readonly string[]) => view.addressSets.set(id, { id, set, prefixes });
    for (const { id, groupId, prefix } of model.addressGroupEntries) if (groupId === set) add(id, [prefix]);
    for (const port of model.ports) {
      if (!port.portSecurity || !port.securityGroups.includes(set)) continue;
      const own = port.fixedIps.map(({ ip }) => (ip.includes(':') ? `${ip}/128` : `${ip}/32`));
      const all = new Set([...own, ...port.allowedPairs.map(({ prefix }) => prefix)]);
      const prefixes = [...all].filter((prefix) => prefix !== '0.0.0.0/0' && prefix !== '::/0').sort();
      if (prefixes.length > 0) add(`${set}/${port.id}`, prefixes);
    }
  };
  for (const group of model.securityGroups) {
    if (![...view.ports.values()].some((row) => row.guard?.filters.includes(group.id))) continue;
    const rules = model.securityGroupRules
      .filter((rule) => rule.groupId === group.id)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    view.filters.set(group.id, { id: group.id, stateful: group.stateful, rules: rules.map(filterRule) });
    for (const { remote } of rules) {
      if (remote.kind === 'group' || remote.kind === 'addressGroup') addMembers(remote.group);
    }
  }
  const rulesOf = (policy: string | null) =>
    (model.firewallPolicies.find(({ id }) => id === policy)?.rules ?? [])
      .flatMap((id) => model.firewallRules.find((one) => one.id === id) ?? [])
      .filter(({ enabled }) => enabled)
      .map(firewallRule);
  for (const { id, adminStateUp, ingressPolicy, egressPolicy } of model.firewallGroups) {
    if (![...view.ports.values()].some((row) => row.guard?.firewall === id)) continue;
    const [ingress, egress] = adminStateUp ? [rulesOf(ingressPolicy), rulesOf(egressPolicy)] : [[], []];
    view.firewalls.set(id, { id, ingress, egress });
  }
  for (const { id: log, enabled, event, groupId: filter, portId, projectId } of model.logs) {
    for (const { id: port, segment, guard } of view.ports.values()) {
      const ofProject = model.ports.find(({ id }) => id === port)?.projectId === projectId;
      const named = portId === port || (portId === null && (filter !== null || ofProject));
      if (!enabled || guard === null || !named || (filter !== null && !guard.filters.includes(filter))) continue;
      view.logs.set(`${log}/${port}`, { id: `${log}/${port}`, segment, log, port, event, filter });
    }
  }
  return view;
}

function firewallRule(rule: FirewallPolicyRule) {
  const { id, action, family, protocol, source, destination, sourcePorts, destinationPorts } = rule;
  return { id, action, family, protocol, source, destination, sourcePorts, destinationPorts };
}

function filterRule({ id, direction, family, protocol, min, max, remote }: SecurityGroupRule) {
  const isSet = remote.kind === 'group' || remote.kind === 'addressGroup';
  return { id, direction, family, protocol, min, max, remote: isSet ? { kind: 'set', set: remote.group } : remote };
}
