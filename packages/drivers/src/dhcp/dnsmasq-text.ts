import { parseAddress } from '@netloom/core/net/address';
import { clientOptions } from './client-options.ts';
import type { DhcpFiles } from './dhcp-item.ts';
import { domainOf, isLabel, portTag, type ServedNetwork } from './served-network.ts';

/** The server's device inside its namespace. */
export const SERVER_DEVICE = 'dh0';

/** Private enterprise number for examples (RFC 5612): the identifier has to be unique on its own network only. */
const DUID_ENTERPRISE = 32473;

/** Seconds between unsolicited router advertisements (the default of RFC 4861). */
const RA_INTERVAL = 600;

/** dnsmasq reads lines into a buffer of 1025 bytes and takes the rest of a longer one for another line. */
const LONGEST_LINE = 1023;

export function dnsmasqFiles(network: ServedNetwork): DhcpFiles {
  return {
    config: text(configLines(network)),
    hosts: text(hostLines(network)),
    options: text(clientOptions(network)),
    names: text(nameLines(network)),
  };
}

function text(lines: readonly string[]): string {
  return lines
    .filter((line) => Buffer.byteLength(line) <= LONGEST_LINE)
    .map((line) => `${line}\n`)
    .join('');
}

/**
 * Options that need a restart. Nothing a tenant writes stands here except a checked domain: a line dnsmasq cannot read
 * keeps it from starting. Tags of ports are set here because dnsmasq 2.90 crashes on SIGHUP when a hosts file sets them.
 */
function configLines({ segment, server, subnets, clients }: ServedNetwork): string[] {
  const lines = ['no-resolv', 'no-hosts', 'no-ping', 'bind-dynamic'];
  lines.push(`interface=${SERVER_DEVICE}`, 'except-interface=lo');
  lines.push('quiet-dhcp', 'quiet-dhcp6', 'quiet-ra');
  const domain = domainOf(server);
  if (domain !== '') lines.push(`domain=${domain}`, `local=/${domain}/`);
  // The MAC alone says who a client is: others get no answer, and identifiers and names that clients send mean nothing.
  lines.push('dhcp-authoritative', 'dhcp-ignore=tag:!known', 'dhcp-ignore-clid', 'dhcp-ignore-names');
  lines.push('dhcp-lease-max=1000000');
  // One identifier on every host, so that a workload that moved can renew where it is now.
  lines.push(`dhcp-duid=${DUID_ENTERPRISE},${server.mac}`);
  if (subnets.some(({ managedRa }) => managedRa)) lines.push('enable-ra');
  // Lifetime 0: hosts must not take the server for a default router (RFC 4861, section 4.2).
  lines.push(`ra-param=${SERVER_DEVICE},mtu:${segment.mtu},${RA_INTERVAL},0`);
  for (const { range } of subnets) if (range !== undefined) lines.push(`dhcp-range=${range}`);
  for (const port of clients) if (port.dhcpOptions.length > 0) lines.push(`dhcp-mac=set:${portTag(port)},${port.mac}`);
  return lines;
}

/** "MAC,address,[address6],name": one line for each IPv4 address of a port, the IPv6 addresses on the first of them. */
function hostLines({ server, subnets, clients }: ServedNetwork): string[] {
  const named = domainOf(server) !== '';
  const giving = new Set(subnets.filter((subnet) => subnet.givesAddresses).map(({ row }) => row.id));
  return clients.flatMap(({ mac, addresses, hostname }) => {
    const given = addresses.filter(({ subnet }) => giving.has(subnet)).map(({ ip }) => ip);
    const v6 = given.filter((ip) => ip.includes(':')).map((ip) => `[${ip}]`);
    const [first, ...others] = given.filter((ip) => !ip.includes(':'));
    const name = named && isLabel(hostname) ? [hostname] : [];
    const line = [mac, ...(first === undefined ? [] : [first]), ...v6, ...name].join(',');
    return [line, ...others.map((ip) => [mac, ip, ...name].join(','))];
  });
}

/**
 * Lines of a hosts file (hosts(5)) for every port of the network, here or elsewhere. Without short names: dnsmasq would
 * hand out the address it finds under the name of a client for which we gave none.
 */
function nameLines({ server, ports, remotes }: ServedNetwork): string[] {
  const domain = domainOf(server);
  const named = [
    ...ports.map((port) => ({ hostname: port.hostname, ips: port.addresses.map(({ ip }) => ip) })),
    ...remotes,
  ];
  return named
    .filter(({ hostname }) => isLabel(hostname))
    .flatMap(({ hostname, ips }) => {
      const name = domain === '' ? hostname : `${hostname}.${domain}`;
      return ips.filter((ip) => parseAddress(ip) !== undefined).map((ip) => `${ip} ${name}`);
    })
    .sort();
}
