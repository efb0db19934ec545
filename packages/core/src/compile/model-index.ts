import type { Kind, ModelKinds } from '../model/change.ts';
import type { FirewallGroup, FirewallGroupPort } from '../model/firewall.ts';
import { DHCP_OWNER, type Port, SERVICE_OWNERS } from '../model/port.ts';
import type { Subnet } from '../model/subnet.ts';
import { type FirewallIndex, firewallIndex } from './firewall-index.ts';
import { type LogIndex, logIndex } from './log-index.ts';
import { drop, dropDeep, type Nested, newMap, newSet, within } from './nested-map.ts';
import { type RouterIndex, routerIndex } from './router-index.ts';
import { type SecurityIndex, securityIndex } from './security-index.ts';

/** A workload's port that is bound to a host. */
export type BoundPort = Port & { readonly host: string };

/** A bound port that is guarded. */
export type WalledPort = BoundPort & { readonly portSecurity: true };

/** The model and every way the compiler looks into it; nothing in it is per host and row. */
export interface ModelIndex {
  readonly objects: { readonly [K in Kind]: ReadonlyMap<string, ModelKinds[K]> };
  /** Bound workload ports by network, host and id. */
  readonly bound: ReadonlyMap<string, Nested<BoundPort>>;
  /** Networks of which a host has bound workload ports. */
  readonly networksOn: ReadonlyMap<string, ReadonlySet<string>>;
  /** Ports of the network's own DHCP server, by network and id. */
  readonly dhcpPorts: Nested<Port>;
  readonly subnetsOf: Nested<Subnet>;
  /** Bound ports with allowed pairs, whose addresses may be anywhere, by network and id. */
  readonly roamers: Nested<BoundPort>;
  readonly hostsAt: ReadonlyMap<string, ReadonlySet<string>>;
  readonly security: SecurityIndex;
  readonly firewall: FirewallIndex;
  readonly logs: LogIndex;
  readonly routers: RouterIndex;
  /** Puts an object in the place of the one with its kind and id, or takes that away (null). */
  put<K extends Kind>(kind: K, id: string, object: ModelKinds[K] | null): void;
}

export function modelIndex(): ModelIndex {
  const objects = {
    network: new Map<string, ModelKinds['network']>(),
    subnet: new Map<string, Subnet>(),
    port: new Map<string, Port>(),
    host: new Map<string, ModelKinds['host']>(),
    securityGroup: new Map<string, ModelKinds['securityGroup']>(),
    securityGroupRule: new Map<string, ModelKinds['securityGroupRule']>(),
    addressGroupEntry: new Map<string, ModelKinds['addressGroupEntry']>(),
    firewallGroup: new Map<string, FirewallGroup>(),
    firewallGroupPort: new Map<string, FirewallGroupPort>(),
    firewallPolicy: new Map<string, ModelKinds['firewallPolicy']>(),
    firewallRule: new Map<string, ModelKinds['firewallRule']>(),
    log: new Map<string, ModelKinds['log']>(),
    router: new Map<string, ModelKinds['router']>(),
    floatingIp: new Map<string, ModelKinds['floatingIp']>(),
  };
  const bound = new Map<string, Map<string, Map<string, BoundPort>>>();
  const networksOn = new Map<string, Set<string>>();
  const dhcpPorts = new Map<string, Map<string, Port>>();
  const subnetsOf = new Map<string, Map<string, Subnet>>();
  const roamers = new Map<string, Map<string, BoundPort>>();
  const hostsAt = new Map<string, Set<string>>();
  const security = securityIndex();
  const firewall = firewallIndex();
  const logs = logIndex();
  const routers = routerIndex();

  /** A port and its membership come and go by themselves: each is met with the other as that is. */
  const member = (
    change: 'addMember' | 'removeMember',
    port: Port | undefined,
    membership: FirewallGroupPort | undefined,
  ): void => {
    if (port !== undefined && membership !== undefined && isWalled(port)) firewall[change](port, membership.groupId);
  };

  const link = {
    network() {},
    subnet(subnet: Subnet) {
      within(subnetsOf, subnet.networkId, newMap).set(subnet.id, subnet);
    },
    port(port: Port) {
      security.addPort(port, isBound(port) ? port.host : null);
      member('addMember', port, objects.firewallGroupPort.get(port.id));
      if (isWalled(port)) logs.addPort(port);
      routers.addPort(port);
      if (port.deviceOwner === DHCP_OWNER) within(dhcpPorts, port.networkId, newMap).set(port.id, port);
      else if (isBound(port)) {
        if (port.allowedPairs.length > 0) within(roamers, port.networkId, newMap).set(port.id, port);
        const onNetwork = within(bound, port.networkId, newMap<Map<string, BoundPort>>);
        within(onNetwork, port.host, newMap).set(port.id, port);
        within(networksOn, port.host, newSet).add(port.networkId);
      }
    },
    host(host: ModelKinds['host']) {
      if (host.vtep !== null) within(hostsAt, host.vtep, newSet).add(host.name);
    },
    securityGroup() {},
    securityGroupRule: security.addRule,
    addressGroupEntry: security.addEntry,
    firewallGroup: firewall.addGroup,
    firewallGroupPort: (one: FirewallGroupPort) => member('addMember', objects.port.get(one.id), one),
    firewallPolicy: firewall.addPolicy,
    firewallRule() {},
    log: logs.addLog,
    router: routers.addRouter,
    floatingIp: routers.addFloatingIp,
  };
  const unlink = {
    network() {},
    subnet(subnet: Subnet) {
      drop(subnetsOf, subnet.networkId, subnet.id);
    },
    port(port: Port) {
      security.removePort(port, isBound(port) ? port.host : null);
      drop(roamers, port.networkId, port.id);
      member('removeMember', port, objects.firewallGroupPort.get(port.id));
      if (isWalled(port)) logs.removePort(port);
      routers.removePort(port);
      if (port.deviceOwner === DHCP_OWNER) drop(dhcpPorts, port.networkId, port.id);
      else if (isBound(port) && dropDeep(bound, [port.networkId, port.host], port.id)) {
        drop(networksOn, port.host, port.networkId);
      }
    },
    host(host: ModelKinds['host']) {
      if (host.vtep !== null) drop(hostsAt, host.vtep, host.name);
    },
    securityGroup() {},
    securityGroupRule: security.removeRule,
    addressGroupEntry: security.removeEntry,
    firewallGroup: firewall.removeGroup,
    firewallGroupPort: (one: FirewallGroupPort) => member('removeMember', objects.port.get(one.id), one),
    firewallPolicy: firewall.removePolicy,
    firewallRule() {},
    log: logs.removeLog,
    router: routers.removeRouter,
    floatingIp: routers.removeFloatingIp,
  };

  const put = <K extends Kind>(kind: K, id: string, object: ModelKinds[K] | null): void => {
    const table = objects[kind] as Map<string, ModelKinds[K]>;
    const before = table.get(id);
    if (before !== undefined) (unlink[kind] as (object: ModelKinds[K]) => void)(before);
    if (object === null) table.delete(id);
    else {
      table.set(id, object);
      (link[kind] as (object: ModelKinds[K]) => void)(object);
    }
  };
  const indexes = {
    bound,
    networksOn,
    dhcpPorts,
    subnetsOf,
    roamers,
    hostsAt,
    security: security.index,
    firewall: firewall.index,
    logs: logs.index,
    routers: routers.index,
  };
  return { objects, ...indexes, put };
}

export function isBound(port: Port): port is BoundPort {
  return port.host !== null && !SERVICE_OWNERS.has(port.deviceOwner);
}

/** Whether the port's host can hold it to a firewall: an unguarded port is not looked at. */
export function isWalled(port: Port): port is WalledPort {
  return isBound(port) && port.portSecurity;
}

/** True when hosts may carry a network. */
export function isInService(model: ModelIndex, network: string): boolean {
  return model.objects.network.get(network)?.adminStateUp === true;
}

export function vtepOf(model: ModelIndex, host: string): string | null {
  return model.objects.host.get(host)?.vtep ?? null;
}
