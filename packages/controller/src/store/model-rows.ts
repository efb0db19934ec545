import type { Change, Kind, ModelKinds } from '@netloom/core/model/change';
import type { Host } from '@netloom/core/model/host';
import type { Network } from '@netloom/core/model/network';
import type { DhcpOption, Port } from '@netloom/core/model/port';
import type { Ipv6Mode, Subnet } from '@netloom/core/model/subnet';
import { canonicalAddress } from '@netloom/core/net/address';
import { formatPrefix, parsePrefix } from '@netloom/core/net/prefix';

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
  network_id: string;
  mac_address: string;
  fixed_ips: { subnet_id: string; ip_address: string }[];
  admin_state_up: boolean;
  host: string;
  device_owner: string;
  dns_name: string;
  extra_dhcp_opts: { opt_name: string; opt_value: string; ip_version?: 4 | 6 }[];
}

interface HostRow {
  name: string;
  vtep: string | null;
}

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
    hostRoutes: row.host_routes.map((route) => ({
      destination: prefix(route.destination),
      nexthop: address(route.nexthop),
    })),
    ipv6RaMode: row.ipv6_ra_mode,
    ipv6AddressMode: row.ipv6_address_mode,
  }),
  port: (row: PortRow): Port => ({
    id: row.id,
    networkId: row.network_id,
    mac: row.mac_address.toLowerCase(),
    fixedIps: row.fixed_ips.map((fixed) => ({ subnetId: fixed.subnet_id, ip: address(fixed.ip_address) })),
    adminStateUp: row.admin_state_up,
    host: row.host === '' ? null : row.host,
    deviceOwner: row.device_owner,
    dnsName: row.dns_name,
    dhcpOptions: row.extra_dhcp_opts.map(
      (option): DhcpOption => ({ name: option.opt_name, value: option.opt_value, family: option.ip_version ?? 4 }),
    ),
  }),
  host: (row: HostRow): Host => ({ name: row.name, vtep: row.vtep === null ? null : address(row.vtep) }),
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

function prefix(text: string): string {
  const parsed = parsePrefix(text);
  return parsed ? formatPrefix(parsed) : text;
}
