import { type Item, type Items, itemsOf } from '@netloom/core/delta/items';
import type { HostTables, PortRow, RemoteRow, SegmentRow } from '@netloom/core/tables/host-tables';
import type { HostFacts } from '../driver.ts';
import { GUARD_SPEC } from './guard.ts';
import { item } from './items.ts';
import { bridgeMac, bridgeName, VXLAN_PORT, vxlanName } from './names.ts';

/** Everything the data plane must hold for these tables. Rows of a segment that is not carried here give nothing. */
export function renderBridge(tables: HostTables, facts: HostFacts, namespace: string): Items {
  const items: Item[] = [];
  for (const segment of tables.segments.values()) items.push(...segmentItems(segment, facts, namespace));
  // Ports before remotes: while both are listed, a workload that is here is reached here.
  for (const port of tables.ports.values()) {
    const segment = tables.segments.get(port.segment);
    if (segment) items.push(...portItems(port, segment));
  }
  for (const remote of tables.remotes.values()) {
    const segment = tables.segments.get(remote.segment);
    if (segment) items.push(...remoteItems(remote, segment));
  }
  for (const flood of tables.floods.values()) {
    const segment = tables.segments.get(flood.segment);
    if (segment?.flood !== 'head-end') continue;
    items.push(item.flood({ vxlan: vxlanName(segment.vni), vtep: flood.vtep }, [`floods/${flood.id}`]));
  }
  return itemsOf(items);
}

function segmentItems(segment: SegmentRow, facts: HostFacts, namespace: string): Item[] {
  const owners = [`segments/${segment.id}`];
  const { mtu, vni } = segment;
  const flood = segment.flood === 'head-end';
  const common = { mtu, up: true, addrGenMode: 'none' };
  const bridge = { ...common, mac: bridgeMac(vni), multicastSnooping: false, stp: false };
  const vxlan = { ...common, vni, local: facts.vtep, port: VXLAN_PORT, ttl: 64, master: bridgeName(vni) };
  return [
    item.namespace(namespace, { bridgeNetfilter: false }, owners),
    ...(flood ? [item.guard(GUARD_SPEC, owners)] : []),
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
  return [item.port(port.device, spec, owners), item.fdb({ bridge, mac: port.mac }, { device: port.device }, owners)];
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
