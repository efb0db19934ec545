import { type Item, type Items, itemsOf } from '@netloom/core/delta/items';
import type { FloodRow, HostTables, PortRow, RemoteRow, SegmentRow, UplinkRow } from '@netloom/core/tables/host-tables';
import type { HostFacts } from '../driver.ts';
import { GUARD_SPEC } from './guard.ts';
import { item, type PortItem } from './items.ts';
import { bridgeMac, bridgeName, VXLAN_PORT, vxlanName } from './names.ts';
import { RESETS_SPEC, rejecters } from './resets.ts';

/** Everything the data plane must hold for these tables. Rows of a segment that is not carried here give nothing. */
export function renderBridge(tables: HostTables, facts: HostFacts, namespace: string): Items {
  return makeBridgeRenderer(facts, namespace)(tables);
}

/** The same, again and again: items of rows that did not change are the same objects as before. */
export function makeBridgeRenderer(facts: HostFacts, namespace: string): (tables: HostTables) => Items {
  const onSegment = memoBySegment((row: SegmentRow) => segmentItems(row, facts));
  const onPort = memoBySegment(portItems);
  const onRemote = memoBySegment(remoteItems);
  const onFlood = memoBySegment(floodItems);
  const onUplink = memoBySegment(uplinkItems);
  return (tables) => {
    const { segments } = tables;
    const filter = canFilter(facts) && hasGuarded(tables) ? 'on' : 'off';
    const items: Item[] = [];
    const ownersOf = (rows: Iterable<SegmentRow>): string[] => Array.from(rows, ({ id }) => `segments/${id}`).sort();
    const flooding = segments.values().filter(({ flood }) => flood === 'head-end');
    const [carriers, flooders] = [ownersOf(segments.values()), ownersOf(flooding)];
    if (carriers.length > 0) items.push(item.namespace(namespace, { filter }, carriers));
    if (flooders.length > 0) items.push(item.guard(GUARD_SPEC, flooders));
    const rejecting = filter === 'on' ? rejecters(tables, facts) : [];
    if (rejecting.length > 0) items.push(item.resets(RESETS_SPEC, rejecting));
    for (const row of segments.values()) items.push(...onSegment(row, row));
    const collect = <Row extends { readonly segment: string }>(
      rows: ReadonlyMap<string, Row>,
      render: (row: Row, segment: SegmentRow) => readonly Item[],
    ): void => {
      for (const row of rows.values()) {
        const segment = segments.get(row.segment);
        if (segment) for (const each of render(row, segment)) items.push(each);
      }
    };
    // Ports before remotes: while both are listed, a workload that is here is reached here.
    collect(tables.ports, onPort);
    collect(tables.remotes, onRemote);
    collect(tables.floods, onFlood);
    for (const uplink of tables.uplinks.values()) {
      const segment = segments.get(uplink.transit.segment);
      if (segment) items.push(...onUplink(uplink, segment));
    }
    return itemsOf(items);
  };
}

function memoBySegment<Row extends object>(
  render: (row: Row, segment: SegmentRow) => readonly Item[],
): (row: Row, segment: SegmentRow) => readonly Item[] {
  const known = new WeakMap<Row, { readonly segment: SegmentRow; readonly items: readonly Item[] }>();
  return (row, segment) => {
    const before = known.get(row);
    if (before?.segment === segment) return before.items;
    const items = render(row, segment);
    known.set(row, { segment, items });
    return items;
  };
}

/** Whether what guarded ports need is there. */
export function canFilter(facts: HostFacts): boolean {
  return facts.abilities['bridge_netfilter'] === true && facts.abilities['nft_filters'] === true;
}

function hasGuarded(tables: HostTables): boolean {
  return tables.ports.values().some((port) => port.guard !== null && tables.segments.has(port.segment));
}

function segmentItems(segment: SegmentRow, facts: HostFacts): Item[] {
  const owners = [`segments/${segment.id}`];
  const { mtu, vni } = segment;
  const flood = segment.flood === 'head-end';
  const common = { mtu, up: true, addrGenMode: 'none' };
  const bridge = { ...common, mac: bridgeMac(vni), multicastSnooping: false, stp: false };
  const vxlan = { ...common, vni, local: facts.vtep, port: VXLAN_PORT, ttl: 64, master: bridgeName(vni) };
  return [
    item.bridge(bridgeName(vni), bridge, owners),
    item.vxlan(
      vxlanName(vni),
      { ...vxlan, learning: false, neighSuppress: true, flood: flood ? 'all' : 'none' },
      owners,
    ),
  ];
}

function portItems(port: PortRow, segment: SegmentRow): Item[] {
  const owners = [`ports/${port.id}`];
  const bridge = bridgeName(segment.vni);
  const spec = {
    master: bridge,
    mtu: segment.mtu,
    up: port.adminUp,
    // A link-local address of the device itself would answer ND and fill remote forwarding tables.
    addrGenMode: 'none',
    learning: false,
    flood: segment.flood === 'head-end',
  };
  const joined: PortItem = { ...item.port(port.device, spec, owners), guarded: port.guard !== null };
  return [joined, item.fdb({ bridge, mac: port.mac }, { device: port.device }, owners)];
}

function floodItems({ id, vtep }: FloodRow, segment: SegmentRow): Item[] {
  if (segment.flood !== 'head-end') return [];
  return [item.flood({ vxlan: vxlanName(segment.vni), vtep }, [`floods/${id}`])];
}

/** Frames to the router at the gateway go to its host. */
function uplinkItems({ id, transit: { mac }, vtep }: UplinkRow, { vni }: SegmentRow): Item[] {
  const owners = [`uplinks/${id}`];
  const [bridge, vxlan] = [bridgeName(vni), vxlanName(vni)];
  return [item.tunnel({ vxlan, mac }, { vteps: [vtep] }, owners), item.fdb({ bridge, mac }, { device: vxlan }, owners)];
}

function remoteItems(remote: RemoteRow, segment: SegmentRow): Item[] {
  const owners = [`remotes/${remote.id}`];
  const [bridge, vxlan] = [bridgeName(segment.vni), vxlanName(segment.vni)];
  const { mac } = remote;
  return [
    item.tunnel({ vxlan, mac }, { vteps: [remote.vtep] }, owners),
    item.fdb({ bridge, mac }, { device: vxlan }, owners),
    ...remote.ips.map((ip) => item.neighbour({ bridge, ip }, { mac }, owners)),
  ];
}
