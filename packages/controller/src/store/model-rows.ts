import type { AddressGroupEntry } from '@netloom/core/model/address-group';
import type { Change, Kind, ModelKinds } from '@netloom/core/model/change';
import type {
  FirewallGroup,
  FirewallGroupPort,
  FirewallPolicy,
  FirewallPolicyRule,
} from '@netloom/core/model/firewall';
import type { Host } from '@netloom/core/model/host';
import type { Log } from '@netloom/core/model/log';
import type { Network } from '@netloom/core/model/network';
import type { DhcpOption, Port } from '@netloom/core/model/port';
import type { FloatingIp, Router, StaticRoute } from '@netloom/core/model/router';
import type { RuleRemote, SecurityGroup, SecurityGroupRule } from '@netloom/core/model/security-group';
import type { Ipv6Mode, Subnet } from '@netloom/core/model/subnet';
import { canonicalAddress } from '@netloom/core/net/address';
import { canonicalMac } from '@netloom/core/net/mac';
import { formatPrefix, hostPrefix, parsePrefix } from '@netloom/core/net/prefix';

/*
 * Rows of the database, as to_jsonb() gives them, to objects of the model. The only place that knows both. Rows were checked when they
 * were written, so only the texts that PostgreSQL writes in its own way (addresses and prefixes) are brought into canonical form.
 */

interface NetworkRow {
  id: string;
  name: string;
  project_id: string;
  admin_state_up: boolean;
  mtu: number;
  vni: number;
  flood: 'none' | 'head-end';
  dns_domain: string;
}

interface SubnetRow {
  id: string;
  network_id: string;
  cidr: string;
  gateway_ip: string | null;
  enable_dhcp: boolean;
  dns_nameservers: string[];
  host_routes: { destination: string; nexthop: string }[];
  ipv6_ra_mode: Ipv6Mode;
  ipv6_address_mode: Ipv6Mode;
}

interface PortRow {
  id: string;
  project_id: string;
  network_id: string;
  mac_address: string;
  fixed_ips: { subnet_id: string; ip_address: string }[];
  admin_state_up: boolean;
  host: string;
  device_owner: string;
  device_id: string;
  dns_name: string;
  extra_dhcp_opts: { opt_name: string; opt_value: string; ip_version?: 4 | 6 }[];
  port_security_enabled: boolean;
  security_groups: string[];
  allowed_address_pairs: { mac_address?: string; ip_address: string }[];
}

interface HostRow {
  name: string;
  vtep: string | null;
}

interface SecurityGroupRow {
  id: string;
  project_id: string;
  name: string;
  stateful: boolean;
}

interface SecurityGroupRuleRow {
  id: string;
  security_group_id: string;
  direction: 'ingress' | 'egress';
  ethertype: 'IPv4' | 'IPv6';
  protocol: string | null;
  protocol_number: number | null;
  port_range_min: number | null;
  port_range_max: number | null;
  normalized_cidr: string | null;
  remote_group_id: string | null;
  remote_address_group_id: string | null;
}

interface AddressGroupEntryRow {
  id: string;
  address_group_id: string;
  address: string;
}

interface FirewallGroupRow {
  id: string;
  admin_state_up: boolean;
  ingress_firewall_policy_id: string | null;
  egress_firewall_policy_id: string | null;
}

interface FirewallGroupPortRow {
  port_id: string;
  firewall_group_id: string;
}

interface FirewallRuleRow {
  id: string;
  enabled: boolean;
  action: 'allow' | 'deny' | 'reject';
  ip_version: 4 | 6;
  protocol: keyof typeof FIREWALL_PROTOCOLS | 'icmp' | null;
  source_ip_address: string | null;
  destination_ip_address: string | null;
  source_port: string | null;
  destination_port: string | null;
}

interface LogRow {
  id: string;
  project_id: string;
  resource_id: string | null;
  event: 'ACCEPT' | 'DROP' | 'ALL';
  target_id: string | null;
  enabled: boolean;
}

interface RouterRow {
  id: string;
  project_id: string;
  admin_state_up: boolean;
  routes: { destination: string; nexthop: string }[];
  enable_snat: boolean;
  gw_port_id: string | null;
  gateway_host: string | null;
}

interface FloatingIpRow {
  id: string;
  floating_ip_address: string;
  router_id: string | null;
  fixed_ip_address: string | null;
}

/** IANA numbers of the protocols that rules of firewalls may name; "icmp" is that of the rule's IP version. */
const FIREWALL_PROTOCOLS = { dccp: 33, 'ipv6-icmp': 58, sctp: 132, tcp: 6, udp: 17 } as const;
const ICMP = { 4: 1, 6: 58 } as const;

/** Protocol 0 by two of its names means the Internet Protocol itself, so any of those above it; "hopopt" is the IPv6 header of that number. */
const ANY_PROTOCOL: ReadonlySet<string | null> = new Set(['ip', '0']);

const TO_MODEL = {
  network: (row: NetworkRow): Network => ({
    id: row.id,
    name: row.name,
    projectId: row.project_id,
    adminStateUp: row.admin_state_up,
    mtu: row.mtu,
    vni: row.vni,
    flood: row.flood,
    dnsDomain: row.dns_domain.replace(/\.$/, ''),
  }),
  subnet: (row: SubnetRow): Subnet => ({
    id: row.id,
    networkId: row.network_id,
    cidr: prefix(row.cidr),
    gatewayIp: row.gateway_ip === null ? null : address(row.gateway_ip),
    enableDhcp: row.enable_dhcp,
    dnsNameservers: row.dns_nameservers.map(address),
    hostRoutes: row.host_routes.map(staticRoute),
    ipv6RaMode: row.ipv6_ra_mode,
    ipv6AddressMode: row.ipv6_address_mode,
  }),
  port: (row: PortRow): Port => ({
    id: row.id,
    projectId: row.project_id,
    networkId: row.network_id,
    mac: mac(row.mac_address),
    fixedIps: row.fixed_ips.map((fixed) => ({ subnetId: fixed.subnet_id, ip: address(fixed.ip_address) })),
    adminStateUp: row.admin_state_up,
    host: row.host === '' ? null : row.host,
    deviceOwner: row.device_owner,
    deviceId: row.device_id,
    dnsName: row.dns_name,
    dhcpOptions: row.extra_dhcp_opts.map(
      (option): DhcpOption => ({ name: option.opt_name, value: option.opt_value, family: option.ip_version ?? 4 }),
    ),
    portSecurity: row.port_security_enabled,
    securityGroups: row.security_groups,
    allowedPairs: row.allowed_address_pairs.map((pair) => ({
      mac: mac(pair.mac_address ?? row.mac_address),
      prefix: prefix(pair.ip_address),
    })),
  }),
  host: (row: HostRow): Host => ({ name: row.name, vtep: row.vtep === null ? null : address(row.vtep) }),
  securityGroup: (row: SecurityGroupRow): SecurityGroup => ({
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    stateful: row.stateful,
  }),
  securityGroupRule: (row: SecurityGroupRuleRow): SecurityGroupRule => ({
    id: row.id,
    groupId: row.security_group_id,
    direction: row.direction,
    family: row.ethertype === 'IPv4' ? 4 : 6,
    protocol: ANY_PROTOCOL.has(row.protocol) ? null : row.protocol_number,
    min: row.port_range_min,
    max: row.port_range_max,
    remote: ruleRemote(row),
  }),
  addressGroupEntry: (row: AddressGroupEntryRow): AddressGroupEntry => ({
    id: row.id,
    groupId: row.address_group_id,
    prefix: prefix(row.address),
  }),
  firewallGroup: (row: FirewallGroupRow): FirewallGroup => ({
    id: row.id,
    adminStateUp: row.admin_state_up,
    ingressPolicy: row.ingress_firewall_policy_id,
    egressPolicy: row.egress_firewall_policy_id,
  }),
  firewallGroupPort: (row: FirewallGroupPortRow): FirewallGroupPort => ({
    id: row.port_id,
    groupId: row.firewall_group_id,
  }),
  firewallPolicy: (row: FirewallPolicy): FirewallPolicy => ({ id: row.id, rules: row.rules }),
  firewallRule: (row: FirewallRuleRow): FirewallPolicyRule => ({
    id: row.id,
    enabled: row.enabled,
    action: row.action,
    family: row.ip_version,
    protocol: row.protocol === 'icmp' ? ICMP[row.ip_version] : row.protocol && FIREWALL_PROTOCOLS[row.protocol],
    source: prefixOrAny(row.source_ip_address),
    destination: prefixOrAny(row.destination_ip_address),
    sourcePorts: portsOf(row.source_port),
    destinationPorts: portsOf(row.destination_port),
  }),
  log: (row: LogRow): Log => ({
    id: row.id,
    projectId: row.project_id,
    enabled: row.enabled,
    event: row.event,
    groupId: row.resource_id,
    portId: row.target_id,
  }),
  router: (row: RouterRow): Router => ({
    id: row.id,
    projectId: row.project_id,
    adminStateUp: row.admin_state_up,
    routes: row.routes.map(staticRoute),
    gateway: row.gw_port_id === null ? null : { port: row.gw_port_id, host: row.gateway_host, snat: row.enable_snat },
  }),
  floatingIp: (row: FloatingIpRow): FloatingIp => ({
    id: row.id,
    address: address(row.floating_ip_address),
    routerId: row.router_id,
    fixedAddress: row.fixed_ip_address && address(row.fixed_ip_address),
  }),
};

/** An object of the model from its row; undefined for a kind that this version does not know. */
export function toChange(kind: string, id: string, row: object | null): Change | undefined {
  if (!isKind(kind)) return undefined;
  return { kind, id, object: row === null || !isCarried(kind, row) ? null : toModel(kind, row) } as Change;
}

/** A network without a VNI is in no host's view: the model knows none of another kind. */
function isCarried(kind: Kind, row: object): boolean {
  return kind !== 'network' || (row as { vni: number | null }).vni !== null;
}

export function toModel<K extends Kind>(kind: K, row: object): ModelKinds[K] {
  return (TO_MODEL[kind] as unknown as (row: object) => ModelKinds[K])(row);
}

function isKind(kind: string): kind is Kind {
  return Object.hasOwn(TO_MODEL, kind);
}

function address(text: string): string {
  return canonicalAddress(text) ?? text;
}

function mac(text: string): string {
  return canonicalMac(text) ?? text;
}

/** Of a prefix with or without host bits, or of an address that stands for itself. */
function prefix(text: string): string {
  const parsed = parsePrefix(text.includes('/') ? text : hostPrefix(text));
  return parsed ? formatPrefix(parsed) : text;
}

function staticRoute(route: { destination: string; nexthop: string }): StaticRoute {
  return { destination: prefix(route.destination), nexthop: address(route.nexthop) };
}

function ruleRemote(row: SecurityGroupRuleRow): RuleRemote {
  if (row.remote_group_id !== null) return { kind: 'group', group: row.remote_group_id };
  if (row.remote_address_group_id !== null) return { kind: 'addressGroup', group: row.remote_address_group_id };
  const remote = prefixOrAny(row.normalized_cidr);
  return remote === null ? { kind: 'any' } : { kind: 'prefix', prefix: remote };
}

/** Null for any address, which a prefix of length 0 says too. */
function prefixOrAny(text: string | null): string | null {
  return text === null || parsePrefix(text)?.length === 0 ? null : prefix(text);
}

/** Of "80" or "8000:8080". */
function portsOf(text: string | null): readonly [number, number] | null {
  if (text === null) return null;
  const [first = 0, last = first] = text.split(':').map(Number);
  return [first, last];
}
