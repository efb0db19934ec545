import { formatAddress } from '@netloom/core/net/address';
import { netmask, type Prefix, parsePrefix } from '@netloom/core/net/prefix';
import type { DhcpServerRow, SubnetRow } from '@netloom/core/tables/host-tables';

/** A subnet on which the server has an address, and what dnsmasq does there. */
export interface ServedSubnet {
  readonly row: SubnetRow;
  readonly prefix: Prefix;
  /** Marks everything that is said to clients of this subnet. */
  readonly tag: string;
  /** The server's own address in it. */
  readonly serverIp: string;
  /** DHCP hands out the ports' addresses of this subnet. */
  readonly givesAddresses: boolean;
  /** Arguments of the dhcp-range; undefined when nothing is to be said there. */
  readonly range: string | undefined;
  /** Needs the daemon-wide switch for router advertisements with the "managed" flag. */
  readonly managedRa: boolean;
}

export const LEASE_SECONDS = 86_400;

/** dnsmasq takes no longer DHCPv6 or advertised prefix. */
const SHORTEST_V6 = 64;

/** Undefined when the server has no address in the subnet yet: the row that gives it one is on its way. */
export function servedSubnet(row: SubnetRow, server: DhcpServerRow): ServedSubnet | undefined {
  const prefix = parsePrefix(row.cidr);
  const serverIp = server.addresses.find((address) => address.subnet === row.id)?.ip;
  if (prefix === undefined || serverIp === undefined) return undefined;
  const tag = `subnet-${row.id}`;
  const first = formatAddress({ family: prefix.family, value: prefix.first });
  const base = { row, prefix, tag, serverIp };
  if (prefix.family === 4) {
    const range = `set:${tag},${first},static,${netmask(prefix.length)},${LEASE_SECONDS}s`;
    return { ...base, range, givesAddresses: true, managedRa: false };
  }
  const mode = v6Mode(row);
  const length = Math.max(prefix.length, SHORTEST_V6);
  const range = mode && `set:${tag},${first},${mode},${length},${LEASE_SECONDS}s`;
  const givesAddresses = row.addressMode === 'dhcpv6-stateful' || (row.addressMode === null && row.raMode === null);
  return { ...base, range, givesAddresses, managedRa: row.raMode === 'dhcpv6-stateful' };
}

/**
 * The dnsmasq range mode for the two modes of Networking v2.0, which are equal or of which one is null: without raMode
 * another router advertises, without addressMode another server answers; with neither, DHCPv6 gives fixed addresses.
 */
function v6Mode({ raMode, addressMode }: SubnetRow): string | undefined {
  if (raMode === 'slaac') return 'ra-only';
  if (raMode === 'dhcpv6-stateless') return 'ra-stateless';
  if (raMode === null && addressMode === 'slaac') return undefined;
  return 'static';
}
