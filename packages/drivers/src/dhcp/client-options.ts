import type { DhcpOption } from '@netloom/core/model/port';
import { parseAddress } from '@netloom/core/net/address';
import { domainOf, portTag, type ServedNetwork } from './served-network.ts';
import type { ServedSubnet } from './served-subnet.ts';

const DEFAULT_ROUTE = '0.0.0.0/0';

/** Nameservers by which Networking v2.0 says "announce none". */
const NO_NAMESERVER = { 4: '0.0.0.0', 6: '::' } as const;

/** Lines of a dhcp-optsfile. Of several lines for one option dnsmasq sends the last that fits: those of ports close the list. */
export function clientOptions({ segment, server, subnets, clients }: ServedNetwork): string[] {
  const lines = [`option:mtu,${segment.mtu}`];
  const domain = domainOf(server);
  if (domain !== '') lines.push(`option6:domain-search,${domain}`);
  for (const subnet of subnets) {
    lines.push(nameservers(subnet));
    if (subnet.prefix.family === 4) lines.push(...routes(subnet, subnets));
  }
  for (const port of clients) {
    for (const option of port.dhcpOptions) {
      const line = portOption(option);
      if (line !== undefined) lines.push(`tag:${portTag(port)},${line}`);
    }
  }
  return lines;
}

function nameservers({ row, prefix, tag, serverIp }: ServedSubnet): string {
  const { family } = prefix;
  const given = row.dnsServers.filter((ip) => parseAddress(ip)?.family === family);
  const announced = given.length === 0 ? [serverIp] : given.filter((ip) => ip !== NO_NAMESERVER[family]);
  const name = family === 4 ? 'option:dns-server' : 'option6:dns-server';
  return [`tag:${tag},${name}`, ...announced.map((ip) => (family === 4 ? ip : `[${ip}]`))].join(',');
}

/**
 * Router (option 3) and classless routes (121, and 249 for old Windows). A client that gets 121 ignores option 3
 * (RFC 3442), so the default route is in both. Other subnets of the network are on the same link.
 */
function routes({ row, tag }: ServedSubnet, subnets: readonly ServedSubnet[]): string[] {
  const v4 = row.routes.filter(({ destination }) => !destination.includes(':'));
  const gateway = row.gateway ?? v4.find(({ destination }) => destination === DEFAULT_ROUTE)?.nexthop ?? null;
  const list = v4
    .filter(({ destination }) => destination !== DEFAULT_ROUTE)
    .map(({ destination, nexthop }) => `${destination},${nexthop}`);
  for (const other of subnets) {
    if (other.prefix.family === 4 && other.row.id !== row.id) list.push(`${other.row.cidr},0.0.0.0`);
  }
  const lines = [gateway === null ? `tag:${tag},option:router` : `tag:${tag},option:router,${gateway}`];
  if (list.length === 0) return lines;
  if (gateway !== null) list.push(`${DEFAULT_ROUTE},${gateway}`);
  const value = list.join(',');
  return [...lines, `tag:${tag},option:classless-static-route,${value}`, `tag:${tag},249,${value}`];
}

/** Undefined for a name or value that could not stand on one line; dnsmasq itself skips lines it does not understand. */
function portOption({ name, value, family }: DhcpOption): string | undefined {
  if (!/^[a-z0-9-]+$/i.test(name) || /\p{Cc}/u.test(value)) return undefined;
  if (family === 6) return `option6:${name},${bracketed(value)}`;
  return /^\d+$/.test(name) ? `${name},${value}` : `option:${name},${value}`;
}

/** dnsmasq wants addresses in DHCPv6 options in brackets; API clients write them bare. */
function bracketed(value: string): string {
  return value
    .split(',')
    .map((part) => (parseAddress(part)?.family === 6 ? `[${part}]` : part))
    .join(',');
}
