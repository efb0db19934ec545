import { type Address, parseAddress } from '@netloom/core/net/address';
import { lastOf, type Prefix, parsePrefix } from '@netloom/core/net/prefix';
import { type Range, rangeHolds } from '@netloom/core/net/range';

/** A subnet as far as addresses go. */
export interface IpamSubnet {
  readonly id: string;
  readonly prefix: Prefix;
  readonly pools: readonly Range[];
  readonly enableDhcp: boolean;
  /** Every port on it has the address that its MAC gives (SLAAC or stateless DHCPv6), and no other. */
  readonly auto: boolean;
  /** Owners of the ports that may have its addresses; empty: all. */
  readonly serviceTypes: readonly string[];
  /** The segment it is on; null where the network is not routed. */
  readonly segmentId: string | null;
}

/** A subnet as `IPAM_SUBNET_JSON` reads it. */
export interface IpamSubnetRow {
  readonly id: string;
  readonly cidr: string;
  readonly enable_dhcp: boolean;
  readonly allocation_pools: readonly { readonly start: string; readonly end: string }[];
  readonly ipv6_ra_mode: string | null;
  readonly ipv6_address_mode: string | null;
  readonly service_types: readonly string[];
  readonly segment_id: string | null;
}

/** SQL that makes one jsonb object of a row `s` of the table subnets. */
export const IPAM_SUBNET_JSON = `jsonb_build_object('id', s.id, 'cidr', s.cidr::text, 'enable_dhcp', s.enable_dhcp,
 'allocation_pools', s.allocation_pools, 'ipv6_ra_mode', s.ipv6_ra_mode, 'ipv6_address_mode', s.ipv6_address_mode,
 'service_types', s.service_types, 'segment_id', s.segment_id)`;

/** The same for all subnets of the network with this id, an SQL expression; oldest first, which is the order they are used up in. */
export function ipamSubnetsJson(networkId: string): string {
  return `(SELECT coalesce(jsonb_agg(${IPAM_SUBNET_JSON} ORDER BY s.created_at, s.id), '[]')
 FROM subnets s WHERE s.network_id = ${networkId})`;
}

export function ipamSubnet(row: IpamSubnetRow): IpamSubnet {
  const prefix = parsePrefix(row.cidr);
  if (prefix === undefined) throw new Error(`subnet ${row.id} has the prefix ${row.cidr}`);
  return {
    id: row.id,
    prefix,
    pools: row.allocation_pools.map(({ start, end }) => ({ first: addressNumber(start), last: addressNumber(end) })),
    enableDhcp: row.enable_dhcp,
    auto: isAuto(row),
    serviceTypes: row.service_types,
    segmentId: row.segment_id,
  };
}

/** Whether addresses on a subnet follow from MAC addresses. */
export function isAuto(modes: { readonly ipv6_ra_mode?: unknown; readonly ipv6_address_mode?: unknown }): boolean {
  const auto = (mode: unknown) => mode === 'slaac' || mode === 'dhcpv6-stateless';
  return auto(modes.ipv6_ra_mode) || auto(modes.ipv6_address_mode);
}

/** The number of an address text that was checked before. */
export function addressNumber(text: string): bigint {
  return knownAddress(text).value;
}

export function knownAddress(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}

/** Whether automatic allocation may give an address out. */
export function inPools(subnet: IpamSubnet, value: bigint): boolean {
  return subnet.pools.some((pool) => rangeHolds(pool, value));
}

/** Addresses of a subnet that a port may have: in IPv4 not the first and the last, which name the subnet itself and everyone on it. */
export function hostRange(prefix: Prefix): Range {
  const last = lastOf(prefix);
  if (prefix.family === 6) return last === prefix.first ? { first: last, last } : { first: prefix.first + 1n, last };
  return prefix.length > 30 ? { first: prefix.first, last } : { first: prefix.first + 1n, last: last - 1n };
}
