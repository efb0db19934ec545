import type { Item } from '@netloom/core/delta/items';
import { parseAddress } from '@netloom/core/net/address';
import { linkLocalAddress } from '@netloom/core/net/mac';
import { parsePrefix, prefixHolds } from '@netloom/core/net/prefix';
import type { HostTables, RouterInterface, RouterRow, SegmentRow } from '@netloom/core/tables/host-tables';
import { hashText } from '../services/hash-text.ts';
import type { LinkSpec } from '../services/service-link.ts';
import { advertiserConfig } from './advertiser-config.ts';
import { innerDevice, ROUTER_KIND, type RouterItem } from './router-item.ts';

/** One item for each router of carried networks. Pure. */
export function renderRouters({ routers, segments }: HostTables): Item[] {
  return [...routers.values()].map((row) => routerItem(row, segments));
}

function routerItem(row: RouterRow, segments: ReadonlyMap<string, SegmentRow>): RouterItem {
  const placed = row.interfaces.flatMap((face) => {
    const segment = segments.get(face.segment);
    return segment === undefined ? [] : [{ face, segment, device: innerDevice(face.port) }];
  });
  const config = advertiserConfig(
    placed
      .filter(({ face }) => face.advertises)
      .map(({ face, segment, device }) => ({ device, mtu: segment.mtu, prefixes: face.addresses })),
  );
  return {
    kind: ROUTER_KIND,
    key: row.id,
    spec: {
      interfaces: Object.fromEntries(placed.map(({ face, segment, device }) => [device, linkSpec(face, segment)])),
      routes: routeTexts(
        row,
        placed.map(({ face }) => face),
      ),
      forwarding: 'on',
      advertiser: config === '' ? null : hashText(config),
    },
    advertiserConfig: config,
    owners: [`routers/${row.id}`],
  };
}

function linkSpec({ mac, addresses }: RouterInterface, { vni, mtu }: SegmentRow): LinkSpec {
  // The link-local address is ours too: the kernel's own would go through duplicate detection, and every host has the same.
  const linkLocal = addresses.some((address) => address.includes(':')) ? [`${linkLocalAddress(mac)}/64`] : [];
  return {
    outer: { bridge: `br${vni}`, mtu, up: true, learning: false, addrGenMode: 'none', macs: [mac] },
    inner: { mac, mtu, up: true, addresses: [...addresses, ...linkLocal].sort() },
  };
}

/** A route whose next hop is on none of its networks leads nowhere, and the kernel would refuse it. */
function routeTexts({ routes }: RouterRow, interfaces: readonly RouterInterface[]): string[] {
  const prefixes = interfaces.flatMap(({ addresses }) => addresses.flatMap((address) => parsePrefix(address) ?? []));
  const reachable = routes.filter(({ nexthop }) => {
    const hop = parseAddress(nexthop);
    return hop !== undefined && prefixes.some((prefix) => prefixHolds(prefix, hop));
  });
  return reachable.map(({ destination, nexthop }) => `${destination} via ${nexthop}`).sort();
}
