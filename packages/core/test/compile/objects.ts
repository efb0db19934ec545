import type { Model } from '@netloom/core/compile/weave';
import type { FirewallPolicyRule } from '@netloom/core/model/firewall';
import type { Host } from '@netloom/core/model/host';
import type { Log } from '@netloom/core/model/log';
import type { Network } from '@netloom/core/model/network';
import type { Port } from '@netloom/core/model/port';
import type { FloatingIp, Router } from '@netloom/core/model/router';
import type { SecurityGroup, SecurityGroupRule } from '@netloom/core/model/security-group';
import type { Subnet } from '@netloom/core/model/subnet';

export const EMPTY_MODEL: Model = {
  networks: [],
  subnets: [],
  ports: [],
  hosts: [],
  securityGroups: [],
  securityGroupRules: [],
  addressGroupEntries: [],
  firewallGroups: [],
  firewallGroupPorts: [],
  firewallPolicies: [],
  firewallRules: [],
  logs: [],
  routers: [],
  floatingIps: [],
};

/** Plain model objects for tests that care about a few of their fields only. */
export function network(id: string, fields: Partial<Network> = {}): Network {
  const base = {
    name: id,
    projectId: 'project',
    adminStateUp: true,
    mtu: 1450,
    vni: 5001,
    flood: 'none',
    dnsDomain: '',
  };
  return { id, ...base, ...fields } as Network;
}

export function subnet(id: string, networkId: string, fields: Partial<Subnet> = {}): Subnet {
  return {
    id,
    networkId,
    cidr: '10.0.0.0/24',
    gatewayIp: '10.0.0.1',
    enableDhcp: true,
    dnsNameservers: [],
    hostRoutes: [],
    ipv6RaMode: null,
    ipv6AddressMode: null,
    ...fields,
  };
}

/** A port with one address, `ip`, of the subnet `subnetId`. */
export function port(
  id: string,
  networkId: string,
  fields: Partial<Port> & { readonly ip?: string; readonly subnetId?: string } = {},
): Port {
  const { ip, subnetId = 's', ...rest } = fields;
  return {
    id,
    projectId: 'project',
    networkId,
    mac: 'fa:16:3e:00:00:01',
    fixedIps: ip === undefined ? [] : [{ subnetId, ip }],
    adminStateUp: true,
    host: null,
    deviceOwner: 'compute:nova',
    deviceId: '',
    dnsName: '',
    dhcpOptions: [],
    portSecurity: true,
    securityGroups: [],
    allowedPairs: [],
    ...rest,
  };
}

export function host(name: string, vtep: string | null): Host {
  return { name, vtep };
}

export function group(id: string, fields: Partial<SecurityGroup> = {}): SecurityGroup {
  return { id, projectId: 'project', name: id, stateful: true, ...fields };
}

/** A rule for any IPv4 packet that a port gets. */
export function rule(id: string, groupId: string, fields: Partial<SecurityGroupRule> = {}): SecurityGroupRule {
  const open = { protocol: null, min: null, max: null, remote: { kind: 'any' } } as const;
  return { id, groupId, direction: 'ingress', family: 4, ...open, ...fields };
}

/** An enabled rule of a firewall that allows any IPv4 packet. */
export function firewallRule(id: string, fields: Partial<FirewallPolicyRule> = {}): FirewallPolicyRule {
  const open = { protocol: null, source: null, destination: null, sourcePorts: null, destinationPorts: null };
  return { id, enabled: true, action: 'allow', family: 4, ...open, ...fields };
}

export function router(id: string, fields: Partial<Router> = {}): Router {
  return { id, projectId: 'project', adminStateUp: true, routes: [], gateway: null, ...fields };
}

/** An enabled log of all that happens at the ports of the project. */
export function log(id: string, fields: Partial<Log> = {}): Log {
  return { id, projectId: 'project', enabled: true, event: 'ALL', groupId: null, portId: null, ...fields };
}

/** A floating IP of a router that stands for an address behind it. */
export function floatingIp(id: string, fields: Partial<FloatingIp> & { readonly address: string }): FloatingIp {
  return { id, routerId: null, fixedAddress: null, ...fields };
}
