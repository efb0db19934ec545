import type { Item } from '@netloom/core/delta/items';
import { linkLocalAddress } from '@netloom/core/net/mac';
import type { HostTables } from '@netloom/core/tables/host-tables';
import { hashText } from '../services/hash-text.ts';
import { DHCP_KIND, type DhcpItem, type DhcpSpec } from './dhcp-item.ts';
import { dnsmasqFiles } from './dnsmasq-text.ts';
import type { ServedNetwork } from './served-network.ts';
import { type ServedSubnet, servedSubnet } from './served-subnet.ts';

/** One item for each DHCP server of a carried network. Pure. */
export function renderDhcp(tables: HostTables): Item[] {
  const subnets = bySegment(tables.subnets);
  const ports = bySegment(tables.ports);
  const remotes = bySegment(tables.remotes);
  const items: Item[] = [];
  for (const server of tables.dhcpServers.values()) {
    const segment = tables.segments.get(server.segment);
    if (segment === undefined) continue;
    const served = (subnets.get(segment.id) ?? [])
      .map((row) => servedSubnet(row, server))
      .filter((subnet) => subnet !== undefined);
    const local = ports.get(segment.id) ?? [];
    const servedIds = new Set(served.map(({ row }) => row.id));
    const clients = local.filter(({ addresses }) => addresses.some(({ subnet }) => servedIds.has(subnet)));
    const remote = remotes.get(segment.id) ?? [];
    items.push(itemOf({ segment, server, subnets: served, clients, ports: local, remotes: remote }));
  }
  return items;
}

function itemOf(network: ServedNetwork): DhcpItem {
  const { segment, server, subnets, clients } = network;
  const files = dnsmasqFiles(network);
  const spec: DhcpSpec = {
    port: {
      bridge: `br${segment.vni}`,
      mtu: segment.mtu,
      up: true,
      learning: false,
      addrGenMode: 'none',
      macs: [server.mac],
    },
    server: { mac: server.mac, mtu: segment.mtu, up: true, addresses: serverAddresses(server.mac, subnets) },
    files: {
      config: hashText(files.config),
      hosts: hashText(files.hosts),
      options: hashText(files.options),
      names: hashText(files.names),
    },
  };
  const owners = [
    `dhcpServers/${server.id}`,
    ...clients.map(({ id }) => `ports/${id}`),
    ...subnets.map(({ row }) => `subnets/${row.id}`),
  ];
  return { kind: DHCP_KIND, key: String(segment.vni), spec, files, owners };
}

/** The link-local address is ours too: the kernel's own would go through duplicate detection, and every host has the same. */
function serverAddresses(mac: string, subnets: readonly ServedSubnet[]): string[] {
  const addresses = subnets.map(({ serverIp, prefix }) => `${serverIp}/${prefix.length}`);
  if (subnets.some(({ prefix }) => prefix.family === 6)) addresses.push(`${linkLocalAddress(mac)}/64`);
  return addresses.sort();
}

/** Rows of each segment in the order of their ids, whatever the order they came in. */
function bySegment<Row extends { readonly id: string; readonly segment: string }>(
  rows: ReadonlyMap<string, Row>,
): Map<string, Row[]> {
  const groups = Map.groupBy(rows.values(), ({ segment }) => segment);
  for (const group of groups.values()) group.sort((a, b) => (a.id < b.id ? -1 : 1));
  return groups;
}
