import { type DropCode, dropReason } from './drop-reasons.ts';
import { findPort, findRemote, findServer } from './find.ts';
import { reachOf } from './on-link.ts';
import type { Packet, Stage, StageResult, Target } from './packet.ts';
import type { World } from './world.ts';

/** Every decision on a packet's way from one workload to another, in order. */
export const STAGES: readonly Stage[] = [leaveSource, enterSegment, resolve, forward, crossUnderlay, deliver];

function leaveSource(packet: Packet): StageResult {
  const { source, target, protocol, port } = packet;
  const what = port === null ? protocol : `${protocol}/${port}`;
  const text = `port ${source.id} (${source.device}) sends ${what} to ${target.text}`;
  const steps = [{ what: 'port', row: { table: 'ports', id: source.id }, text }] as const;
  return source.adminUp ? { packet, steps } : drop(packet, 'SOURCE_PORT_DOWN', { port: source.id }, steps);
}

function enterSegment(packet: Packet, world: World): StageResult {
  const { source, host } = packet;
  const segment = world.tablesOf(host).segments.get(source.segment);
  if (segment === undefined) return drop(packet, 'SOURCE_NOT_CARRIED', { host, port: source.id });
  const row = { table: 'segments', id: segment.id } as const;
  const text = `enters segment ${segment.id} (VNI ${segment.vni}, MTU ${segment.mtu})`;
  return { packet: { ...packet, segment }, steps: [{ what: 'segment', row, text }] };
}

/** The sender finds the destination's MAC: by itself for its own link, from the neighbour entries its host keeps. */
function resolve(packet: Packet, world: World): StageResult {
  const { source, target, host } = packet;
  if (target.kind === 'mac') return { packet: { ...packet, mac: target.text }, steps: [] };
  const tables = world.tablesOf(host);
  const reach = reachOf(source, target.address, tables)?.reach;
  const details = { port: source.id, to: target.text, family: target.address.family };
  if (reach === undefined) return drop(packet, 'NO_SOURCE_ADDRESS', details);
  if (reach === 'router') return drop(packet, 'NO_ROUTER', details);
  const owner =
    findPort(tables, source.segment, target) ??
    findServer(tables, source.segment, target) ??
    findRemote(tables, source.segment, target);
  return owner === undefined ? unknownTo(packet, world) : { packet: { ...packet, mac: owner.mac }, steps: [] };
}

/** The host's bridge sends the frame to a port or server of its own, else into the tunnel that the forwarding entry names. */
function forward(packet: Packet, world: World): StageResult | undefined {
  const { host, source } = packet;
  const tables = world.tablesOf(host);
  const target = macTarget(packet);
  if (findPort(tables, source.segment, target) || findServer(tables, source.segment, target)) return undefined;
  const remote = findRemote(tables, source.segment, target);
  if (remote === undefined) return unknownTo(packet, world);
  const row = { table: 'remotes', id: remote.id } as const;
  const text = `${remote.mac} is port ${remote.id} behind tunnel end ${remote.vtep}`;
  return { packet: { ...packet, vtep: remote.vtep }, steps: [{ what: 'remote', row, text }] };
}

function crossUnderlay(packet: Packet, world: World): StageResult | undefined {
  const { vtep, segment } = packet;
  if (vtep === null || segment === null) return undefined;
  const host = world.hostOfVtep(vtep);
  if (host === undefined) return drop(packet, 'NO_TUNNEL_END', { vtep });
  const there = { ...packet, host, vtep: null };
  const { vni } = segment;
  // Between hosts a segment is known by its VNI alone.
  const landing = world
    .tablesOf(host)
    .segments.values()
    .find((row) => row.vni === vni);
  if (landing === undefined) return drop(there, 'SEGMENT_NOT_CARRIED', { host, vni });
  const row = { table: 'segments', id: landing.id } as const;
  const text = `comes out of the tunnel with VNI ${vni} on host ${host}`;
  return { packet: { ...there, segment: landing }, steps: [{ what: 'tunnel', row, text }] };
}

function deliver(packet: Packet, world: World): StageResult {
  const { host, source, segment } = packet;
  const tables = world.tablesOf(host);
  const target = macTarget(packet);
  const here = segment?.id ?? source.segment;
  const port = findPort(tables, here, target);
  if (port !== undefined) {
    const row = { table: 'ports', id: port.id } as const;
    const steps = [{ what: 'deliver', row, text: `reaches port ${port.id} (${port.device})` }] as const;
    const arrived = { ...packet, delivered: { to: 'port', row: port } } as const;
    return port.adminUp
      ? { packet: arrived, steps }
      : drop(packet, 'DESTINATION_PORT_DOWN', { port: port.id, host }, steps);
  }
  const server = findServer(tables, here, target);
  if (server === undefined) return drop(packet, 'DESTINATION_NOT_THERE', { host, mac: target.text, segment: here });
  const row = { table: 'dhcpServers', id: server.id } as const;
  const text = `reaches the DHCP and DNS server that host ${host} runs for the network`;
  const delivered = { to: 'server', id: server.id } as const;
  return { packet: { ...packet, delivered }, steps: [{ what: 'deliver', row, text }] };
}

function macTarget(packet: Packet): Target {
  return { kind: 'mac', text: packet.mac ?? '' };
}

/** The drop for a destination that the packet's host does not know, with the best reason that other hosts' tables give. */
function unknownTo(packet: Packet, world: World): StageResult {
  const { host, source, target } = packet;
  for (const other of world.carriersOf(source.segment)) {
    const port = findPort(world.tablesOf(other), source.segment, target);
    if (port === undefined) continue;
    if (!port.adminUp) return drop(packet, 'DESTINATION_PORT_DOWN', { port: port.id, host: other });
    return drop(packet, 'NO_REMOTE_ENTRY', { host, port: port.id, other });
  }
  return drop(packet, 'UNKNOWN_DESTINATION', { segment: source.segment, to: target.text });
}

function drop(
  packet: Packet,
  code: DropCode,
  details: Readonly<Record<string, string | number>>,
  steps: StageResult['steps'] = [],
): StageResult {
  return { packet, steps, drop: dropReason(code, details) };
}
