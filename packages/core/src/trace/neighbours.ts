import { type Address, formatAddress } from '../net/address.ts';
import type { HostTables, SegmentRow } from '../tables/host-tables.ts';
import { dropped } from './dropped.ts';
import { findByPair, findPort, findRemote, findServer, ipsOf } from './find.ts';
import { findFace } from './interfaces.ts';
import type { Packet, StageResult, Target } from './packet.ts';
import type { World } from './world.ts';

/** Somebody on a segment whom the host knows. */
interface Neighbour {
  readonly mac: string;
  readonly ips: readonly string[];
}

/** Whoever answers to a target on a segment, from the neighbour entries of the host and what it runs itself. */
export function neighbourOf(tables: HostTables, segment: string, target: Target): Neighbour | undefined {
  const router = findFace(tables, segment, target);
  if (router !== undefined) return { mac: router.entrance.by.mac, ips: router.face.ips };
  const row =
    findPort(tables, segment, target) ?? findServer(tables, segment, target) ?? findRemote(tables, segment, target);
  return row && { mac: row.mac, ips: ipsOf(row) };
}

/** The MAC address that a host or its workload finds for an address of a segment; undefined when nobody answers for it. */
export function macOf(packet: Packet, segment: SegmentRow, address: Address, world: World): string | undefined {
  const target = ipTarget(address);
  return (
    neighbourOf(world.tablesOf(packet.host), segment.id, target)?.mac ?? claimedMac(packet, segment, target, world)
  );
}

/** MAC of a workload that answers for an address by itself: questions for it reach other hosts only where they are flooded. */
function claimedMac({ host, asker, target: to }: Packet, segment: SegmentRow, target: Target, world: World) {
  const isFlooded = segment.flood === 'head-end';
  if (asker?.segment === segment.id && target.text === to.text)
    return asker.host === host || isFlooded ? asker.mac : undefined;
  for (const each of isFlooded ? world.carriersOf(segment.id) : [host]) {
    const port = findByPair(world.tablesOf(each), segment.id, target);
    if (port !== undefined) return port.mac;
  }
  return undefined;
}

/** The drop for a destination that the packet's host does not know on a segment, with the best reason that other hosts' tables give. */
export function unknownOn(
  packet: Packet,
  segment: string,
  world: World,
  steps: StageResult['steps'] = [],
): StageResult {
  const { host, target } = packet;
  for (const other of world.carriersOf(segment)) {
    const port = findPort(world.tablesOf(other), segment, target);
    if (port === undefined) continue;
    if (!port.adminUp) return dropped(packet, 'DESTINATION_PORT_DOWN', { port: port.id, host: other }, steps);
    return dropped(packet, 'NO_REMOTE_ENTRY', { host, port: port.id, other }, steps);
  }
  return dropped(
    packet,
    isExternal(segment, world) ? 'NO_FLOATING_IP' : 'UNKNOWN_DESTINATION',
    { segment, to: target.text },
    steps,
  );
}

/** Whether gateways of routers are on a segment, whose floating IPs are addresses there. */
function isExternal(segment: string, world: World): boolean {
  return [...world.carriersOf(segment)].some((host) =>
    world
      .tablesOf(host)
      .gateways.values()
      .some((gateway) => gateway.interface.segment === segment),
  );
}

export function ipTarget(address: Address): Target {
  return { kind: 'ip', text: formatAddress(address), address };
}
