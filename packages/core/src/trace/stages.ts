import { describe } from '../filter/ip-packet.ts';
import { type Address, formatAddress, parseAddress } from '../net/address.ts';
import type { HostTables, PortRow } from '../tables/host-tables.ts';
import { type DropCode, dropReason } from './drop-reasons.ts';
import { findByPair, findPort, findRemote, findServer, ipsOf } from './find.ts';
import { passGuard } from './guard.ts';
import { reachOf } from './on-link.ts';
import type { Packet, Stage, StageResult, Target } from './packet.ts';
import type { World } from './world.ts';

/** Every decision on a packet's way from one workload to another, in order. */
export const STAGES: readonly Stage[] = [
  leaveSource,
  enterSegment,
  resolve,
  guardSource,
  forward,
  crossUnderlay,
  arrive,
  guardDestination,
  deliver,
];

function leaveSource(packet: Packet): StageResult {
  const { source, way } = packet;
  const doing = way === 'there' ? sending(packet) : `answers ${packet.target.text}`;
  const text = `port ${source.id} (${source.device}${unguarded(source)}) ${doing}`;
  const steps = [{ what: 'port', row: { table: 'ports', id: source.id }, text }] as const;
  return source.adminUp ? { packet, steps } : drop(packet, 'SOURCE_PORT_DOWN', { port: source.id }, steps);
}

function sending({ target, sendAs, payload }: Packet): string {
  const what = describe(payload(target.kind === 'ip' ? target.address.family : (sendAs?.family ?? 4)));
  return `sends ${what} to ${target.text}${sendAs === null ? '' : ` as ${formatAddress(sendAs)}`}`;
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
  const { source, target, host, sendAs } = packet;
  const tables = world.tablesOf(host);
  if (target.kind === 'mac') {
    const owner = ownerOf(tables, source.segment, target);
    if (owner === undefined) return unknownTo(packet, world);
    const ends = commonEnds(sendAs === null ? ipsOf(source) : [formatAddress(sendAs)], ipsOf(owner));
    return { packet: withEnds({ ...packet, mac: target.text }, ends), steps: [] };
  }
  const found = reachOf(source, target.address, tables);
  const from = sendAs ?? (found && parseAddress(found.from));
  const details = { port: source.id, to: target.text, family: target.address.family };
  if (from === undefined) return drop(packet, 'NO_SOURCE_ADDRESS', details);
  if (found?.reach === 'router') return drop(packet, 'NO_ROUTER', details);
  const mac = ownerOf(tables, source.segment, target)?.mac ?? claimedMac(packet, world);
  if (mac === undefined) return unknownTo(packet, world);
  return { packet: withEnds({ ...packet, mac }, { source: from, destination: target.address }), steps: [] };
}

function ownerOf(tables: HostTables, segment: string, target: Target) {
  return (
    findPort(tables, segment, target) ?? findServer(tables, segment, target) ?? findRemote(tables, segment, target)
  );
}

/** MAC of a workload that answers for an address by itself: questions for it reach other hosts only where they are flooded. */
function claimedMac({ host, source, target, segment, asker }: Packet, world: World): string | undefined {
  const isFlooded = segment?.flood === 'head-end';
  if (asker !== null) return asker.host === host || isFlooded ? asker.mac : undefined;
  for (const each of isFlooded ? world.carriersOf(source.segment) : [host]) {
    const port = findByPair(world.tablesOf(each), source.segment, target);
    if (port !== undefined) return port.mac;
  }
  return undefined;
}

interface Ends {
  readonly source: Address;
  readonly destination: Address;
}

/** Addresses of one family, the first that both ends have. */
function commonEnds(from: readonly string[], to: readonly string[]): Ends | undefined {
  const destinations = to.flatMap((ip) => parseAddress(ip) ?? []);
  for (const source of from.flatMap((ip) => parseAddress(ip) ?? [])) {
    const destination = destinations.find(({ family }) => family === source.family);
    if (destination !== undefined) return { source, destination };
  }
  return undefined;
}

function withEnds(packet: Packet, ends: Ends | undefined): Packet {
  return ends === undefined ? packet : { ...packet, ip: { ...packet.payload(ends.source.family), ...ends } };
}

function guardSource(packet: Packet, world: World): StageResult {
  const {
    steps,
    flows,
    drop: reason,
  } = passGuard(packet.source, 'egress', {
    packet,
    tables: world.tablesOf(packet.host),
  });
  return { packet: { ...packet, flows: [...packet.flows, ...flows] }, steps, ...(reason && { drop: reason }) };
}

function guardDestination(packet: Packet, world: World): StageResult | undefined {
  if (packet.delivered?.to !== 'port') return undefined;
  const {
    steps,
    flows,
    drop: reason,
  } = passGuard(packet.delivered.row, 'ingress', {
    packet,
    tables: world.tablesOf(packet.host),
  });
  return { packet: { ...packet, flows: [...packet.flows, ...flows] }, steps, ...(reason && { drop: reason }) };
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

/** The bridge of the host that it is on now has a port for it, which is in service, or the network's server. */
function arrive(packet: Packet, world: World): StageResult {
  const { host, source, segment } = packet;
  const tables = world.tablesOf(host);
  const target = macTarget(packet);
  const here = segment?.id ?? source.segment;
  const port = findPort(tables, here, target);
  if (port !== undefined) {
    const details = { port: port.id, host };
    const row = { table: 'ports', id: port.id } as const;
    if (!port.adminUp) {
      const text = `finds port ${port.id} (${port.device})`;
      return drop(packet, 'DESTINATION_PORT_DOWN', details, [{ what: 'port', row, text }]);
    }
    return { packet: { ...packet, delivered: { to: 'port', row: port } }, steps: [] };
  }
  const server = findServer(tables, here, target);
  if (server === undefined) return drop(packet, 'DESTINATION_NOT_THERE', { host, mac: target.text, segment: here });
  return { packet: { ...packet, delivered: { to: 'server', id: server.id } }, steps: [] };
}

function deliver(packet: Packet): StageResult | undefined {
  const { delivered, host } = packet;
  if (delivered === null) return undefined;
  const isPort = delivered.to === 'port';
  const row = isPort
    ? ({ table: 'ports', id: delivered.row.id } as const)
    : ({ table: 'dhcpServers', id: delivered.id } as const);
  const text = isPort
    ? `reaches port ${delivered.row.id} (${delivered.row.device}${unguarded(delivered.row)})`
    : `reaches the DHCP and DNS server that host ${host} runs for the network`;
  return { packet, steps: [{ what: 'deliver', row, text }] };
}

function unguarded({ guard }: PortRow): string {
  return guard === null ? ', port security off' : '';
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
