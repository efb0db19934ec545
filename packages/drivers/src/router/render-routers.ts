import type { Item } from '@netloom/core/delta/items';
import { parseAddress } from '@netloom/core/net/address';
import { linkLocalAddress } from '@netloom/core/net/mac';
import { parsePrefix, prefixHolds } from '@netloom/core/net/prefix';
import type {
  FloatingIpRow,
  GatewayRow,
  HostTables,
  RouterInterface,
  RouterRow,
  SegmentRow,
  UplinkRow,
} from '@netloom/core/tables/host-tables';
import { hashText } from '../services/hash-text.ts';
import type { LinkSpec } from '../services/service-link.ts';
import { natCommands } from './nat-text.ts';
import { radvdConfig } from './radvd.ts';
import { innerDevice, ROUTER_KIND, type RouterItem } from './router-item.ts';

/** Next hops by which a router means the one at its gateway; nobody has them. */
const UPLINK_HOPS = ['169.254.64.1', 'fe80::6e:1'] as const;
/** A default route of the tenant's own counts more than the gateway's. */
const GATEWAY_METRIC = 4096;

/** One item for each router of carried networks. Pure. */
export function renderRouters(tables: HostTables): Item[] {
  const floating = Map.groupBy(tables.floatingIps.values(), ({ router }) => router);
  return [...tables.routers.values()].map((row) =>
    routerItem({
      row,
      segments: tables.segments,
      gateway: tables.gateways.get(row.id),
      uplink: tables.uplinks.get(row.id),
      floatingIps: (floating.get(row.id) ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    }),
  );
}

/** What a host knows of one router. */
interface Routing {
  readonly row: RouterRow;
  readonly segments: ReadonlyMap<string, SegmentRow>;
  readonly gateway: GatewayRow | undefined;
  readonly uplink: UplinkRow | undefined;
  readonly floatingIps: readonly FloatingIpRow[];
}

/** An interface on a segment that is carried here. */
interface Placed {
  readonly face: RouterInterface;
  readonly segment: SegmentRow;
  readonly device: string;
}

function routerItem({ row, segments, gateway, uplink, floatingIps }: Routing): RouterItem {
  const placed = row.interfaces.flatMap((face) => placeOf(face, segments));
  const [out] = gateway === undefined ? [] : placeOf(gateway.interface, segments);
  const config = radvdConfig(
    placed.filter(({ face }) => face.advertises).map(({ segment, device }) => ({ device, mtu: segment.mtu })),
  );
  const transit = gateway?.transit ?? uplink?.transit;
  const crossing = placed.find(({ face }) => face.segment === transit?.segment);
  const links = placed.map((each): [string, LinkSpec] => {
    // Other hosts' packets to the gateway come over this one.
    const more = gateway && transit && each === crossing ? [transit.mac] : [];
    return [each.device, linkSpec(each, { macs: more, addresses: [] })];
  });
  const commands =
    gateway && out
      ? natCommands({
          ...{ out: out.device, gateway, floatingIps },
          transit: transit && crossing ? { device: crossing.device, mac: transit.mac } : null,
        })
      : '';
  if (out) links.push([out.device, linkSpec(out, { macs: [], addresses: floatingIps.map(hostAddress) })]);
  const faces = [...placed, ...(out ? [out] : [])].map(({ face }) => face);
  const up = uplink && crossing ? { device: crossing.device, mac: uplink.transit.mac } : undefined;
  return {
    kind: ROUTER_KIND,
    key: row.id,
    spec: {
      interfaces: Object.fromEntries(links),
      routes: [...tenantRoutes(row, faces), ...gatewayRoutes(gateway), ...uplinkRoutes(up)].sort(),
      neighbours: up ? UPLINK_HOPS.map((hop) => `${hop} ${up.mac} ${up.device}`) : [],
      forwarding: 'on',
      nat: commands === '' ? null : hashText(commands),
      advertiser: config === '' ? null : hashText(config),
    },
    natCommands: commands,
    advertiserConfig: config,
    owners: [
      `routers/${row.id}`,
      ...(gateway ? [`gateways/${row.id}`] : []),
      ...(uplink ? [`uplinks/${row.id}`] : []),
      ...floatingIps.map(({ id }) => `floatingIps/${id}`),
    ],
  };
}

function placeOf(face: RouterInterface, segments: ReadonlyMap<string, SegmentRow>): Placed[] {
  const segment = segments.get(face.segment);
  return segment === undefined ? [] : [{ face, segment, device: innerDevice(face.port) }];
}

function hostAddress({ address }: FloatingIpRow): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

function linkSpec(
  { face: { mac, addresses }, segment: { vni, mtu } }: Placed,
  more: { readonly macs: readonly string[]; readonly addresses: readonly string[] },
): LinkSpec {
  // The link-local address is ours too: the kernel's own would go through duplicate detection, and every host has the same.
  const linkLocal = addresses.some((address) => address.includes(':')) ? [`${linkLocalAddress(mac)}/64`] : [];
  const macs = [mac, ...more.macs].sort();
  return {
    outer: { bridge: `br${vni}`, mtu, up: true, learning: false, addrGenMode: 'none', macs },
    inner: { mac, mtu, up: true, addresses: [...addresses, ...more.addresses, ...linkLocal].sort() },
  };
}

/** A route whose next hop is on none of the router's networks leads nowhere, and the kernel would refuse it. */
function tenantRoutes({ routes }: RouterRow, faces: readonly RouterInterface[]): string[] {
  const prefixes = faces.flatMap(({ addresses }) => addresses.flatMap((address) => parsePrefix(address) ?? []));
  const reachable = routes.filter(({ nexthop }) => {
    const hop = parseAddress(nexthop);
    return hop !== undefined && prefixes.some((prefix) => prefixHolds(prefix, hop));
  });
  return reachable.map(({ destination, nexthop }) => `${destination} via ${nexthop}`);
}

function gatewayRoutes(gateway: GatewayRow | undefined): string[] {
  return (gateway?.nexthops ?? []).map((hop) => `${anywhere(hop)} via ${hop} metric ${GATEWAY_METRIC}`);
}

function uplinkRoutes(up: { readonly device: string } | undefined): string[] {
  if (up === undefined) return [];
  return UPLINK_HOPS.map((hop) => `${anywhere(hop)} via ${hop} dev ${up.device} onlink metric ${GATEWAY_METRIC}`);
}

function anywhere(hop: string): string {
  return hop.includes(':') ? '::/0' : '0.0.0.0/0';
}
