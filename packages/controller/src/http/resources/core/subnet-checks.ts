import { formatAddress, parseAddress } from '@netloom/core/net/address';
import { lastOf, type Prefix, parsePrefix, prefixesOverlap, prefixHolds } from '@netloom/core/net/prefix';
import { isAuto, knownAddress } from '../../../ipam/ipam-subnet.ts';
import { ApiError } from '../../api-error.ts';
import type { HostRoute, PoolText } from '../../resource/address-types.ts';
import type { Values } from '../../resource/definition.ts';
import { invalidInput } from '../../resource/value-types.ts';

export type SubnetValues = Values & {
  id: string;
  network_id: string;
  ip_version: 4 | 6;
  cidr: string;
  subnetpool_id?: string | null;
  project_id: string;
  gateway_ip?: string | null;
  allocation_pools?: readonly PoolText[];
  dns_nameservers: readonly string[];
  host_routes: readonly HostRoute[];
  enable_dhcp: boolean;
  ipv6_ra_mode?: string | null;
  ipv6_address_mode?: string | null;
};

const MOST_NAMESERVERS = 16;
const MOST_ROUTES = 64;

/** Checks a new subnet and fills in its gateway. `neighbours` are the prefixes of its network's other subnets. Throws 400. */
export function settleNewSubnet(subnet: SubnetValues, neighbours: readonly string[]): void {
  checkSubnet(subnet, { changed: subnet });
  const prefix = knownPrefix(subnet);
  if (prefix.length === 0) throw invalidInput('0 is not allowed as CIDR prefix length');
  if (neighbours.some((other) => prefixesOverlap(prefix, knownPrefix({ cidr: other })))) {
    throw invalidInput(
      `Requested subnet with cidr: ${subnet.cidr} for network: ${subnet.network_id} overlaps with another subnet`,
    );
  }
  if (subnet.gateway_ip === undefined) subnet.gateway_ip = defaultGateway(prefix);
}

/** The first address: of IPv6 the routers' anycast address (RFC 4291, 2.6.1), of IPv4 the one after the subnet's own. */
function defaultGateway(prefix: Prefix): string {
  const value = prefix.family === 6 || prefix.first === lastOf(prefix) ? prefix.first : prefix.first + 1n;
  return formatAddress({ family: prefix.family, value });
}

/** Checks a subnet as it is to be. `before` is what it was, absent for a new one; `changed` holds what is given. Throws 400. */
export function checkSubnet(
  subnet: SubnetValues,
  { before, changed }: { before?: SubnetValues; changed: Partial<SubnetValues> },
): void {
  const { ip_version: version } = subnet;
  checkVersion(version, subnet.cidr, 'cidr');
  if (subnet.enable_dhcp && !before?.enable_dhcp) checkDhcpPrefix(knownPrefix(subnet));
  if (changed.gateway_ip) checkGatewayAddress(subnet, changed.gateway_ip);
  checkNameservers(subnet);
  checkRoutes(subnet);
  if (version === 6) checkModes(subnet, before);
  else {
    for (const mode of ['ipv6_ra_mode', 'ipv6_address_mode'] as const) {
      if (subnet[mode]) throw invalidInput(`${mode} is not valid when ip_version is 4`);
    }
  }
}

function checkVersion(version: 4 | 6, text: string, name: string): void {
  const address = parseAddress(text.split('/')[0] ?? '');
  if (address?.family !== version) {
    throw invalidInput(`${name} '${text}' does not match the ip_version '${version}'`);
  }
}

const PREFIXES = {
  multicast: { 4: parsePrefix('224.0.0.0/4'), 6: parsePrefix('ff00::/8') },
  loopback: { 4: parsePrefix('127.0.0.0/8'), 6: parsePrefix('::1/128') },
};

function checkDhcpPrefix(prefix: Prefix): void {
  const { family, length, first } = prefix;
  if (family === 6 && first === 0n) throw invalidInput("IPv6 subnet '::' is not supported");
  if (length > (family === 4 ? 30 : 126)) {
    throw invalidInput('Subnet has a prefix length that is incompatible with DHCP service enabled');
  }
  const within = (outer: Prefix | undefined) => outer !== undefined && prefixHolds(outer, { family, value: first });
  if (within(PREFIXES.multicast[family])) {
    throw invalidInput('Multicast IP subnet is not supported if enable_dhcp is True');
  }
  if (within(PREFIXES.loopback[family])) {
    throw invalidInput('Loopback IP subnet is not supported if enable_dhcp is True');
  }
  if (first === 0n) throw invalidInput("First IP '0.0.0.0' of network is not supported if enable_dhcp is True.");
}

function checkGatewayAddress(subnet: SubnetValues, gateway: string): void {
  checkVersion(subnet.ip_version, gateway, 'gateway_ip');
  const prefix = knownPrefix(subnet);
  const { value } = knownAddress(gateway);
  if (prefix.family === 4 && (value === prefix.first || value === lastOf(prefix))) {
    throw invalidInput('Gateway is not valid on subnet');
  }
}

function checkNameservers(subnet: SubnetValues): void {
  if (subnet.dns_nameservers.length > MOST_NAMESERVERS) {
    throw exhausted('DNSNameServersExhausted', subnet, `DNS nameservers exceeds the limit ${MOST_NAMESERVERS}`);
  }
  for (const server of subnet.dns_nameservers) checkVersion(subnet.ip_version, server, 'dns_nameserver');
}

function checkRoutes(subnet: SubnetValues): void {
  if (subnet.host_routes.length > MOST_ROUTES) {
    throw exhausted('HostRoutesExhausted', subnet, `host routes exceeds the limit ${MOST_ROUTES}`);
  }
  for (const { destination, nexthop } of subnet.host_routes) {
    checkVersion(subnet.ip_version, nexthop, 'nexthop');
    checkVersion(subnet.ip_version, destination, 'destination');
  }
}

function exhausted(type: string, subnet: SubnetValues, what: string): ApiError {
  return new ApiError(400, type, `Unable to complete operation for ${subnet.id}. The number of ${what}.`);
}

function checkModes(subnet: SubnetValues, before: SubnetValues | undefined): void {
  const { ipv6_ra_mode: ra, ipv6_address_mode: address, enable_dhcp: dhcp } = subnet;
  if (before && !dhcp && (ra || address)) throw invalidInput('Cannot disable enable_dhcp with ipv6 attributes set');
  if ((ra || address) && !dhcp) {
    throw invalidInput('ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False');
  }
  if (ra && address && ra !== address) {
    throw invalidInput(
      `ipv6_ra_mode set to '${ra}' with ipv6_address_mode set to '${address}' is not valid. If both attributes are set, they must be the same value`,
    );
  }
  const auto = isAuto(subnet);
  if (auto && knownPrefix(subnet).length !== 64) {
    throw invalidInput(
      `Invalid CIDR ${subnet.cidr} for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires the prefix to be /64`,
    );
  }
}

function knownPrefix({ cidr }: { readonly cidr: string }): Prefix {
  const prefix = parsePrefix(cidr);
  if (prefix === undefined) throw new Error(`${cidr} is no prefix`);
  return prefix;
}
