import { describe } from '../filter/ip-packet.ts';
import { formatAddress } from '../net/address.ts';
import type { PortRow } from '../tables/host-tables.ts';
import { dropped } from './dropped.ts';
import { findPort, findRemote, findServer, ipsOf, mayHave } from './find.ts';
import { passGuard } from './guard.ts';
import { unknownOn } from './neighbours.ts';
import type { Delivery, Finding, Packet, Stage, StageResult, Target } from './packet.ts';
import { resolve } from './resolve.ts';
import { route } from './route.ts';
import type { World } from './world.ts';

/** Every decision on a packet's way from one workload to another, in order: those of its sender's host, */
export const SENDING: readonly Stage[] = [leaveSource, enterSegment, resolve, guardSource];
/** those that come again with each router on another host, */
export const CARRYING: readonly Stage[] = [route, forward, crossUnderlay];
/** and those of its receiver's host. */
export const TAKING: readonly Stage[] = [arrive, guardDestination, deliver];

function leaveSource(packet: Packet): StageResult | undefined {
  const { source, way } = packet;
  if (source === null) return undefined;
  const doing = way === 'there' ? sending(packet) : answering(packet, source);
  const text = `port ${source.id} (${source.device}${unguarded(source)}) ${doing}`;
  const steps = [{ what: 'port', row: { table: 'ports', id: source.id }, text }] as const;
  return source.adminUp ? { packet, steps } : dropped(packet, 'SOURCE_PORT_DOWN', { port: source.id }, steps);
}

function sending({ target, sendAs, payload }: Packet): string {
  const what = describe(payload(target.kind === 'ip' ? target.address.family : (sendAs?.family ?? 4)));
  return `sends ${what} to ${target.text}${sendAs === null ? '' : ` as ${formatAddress(sendAs)}`}`;
}

/** What it answers as is not its own where it is the next hop to whoever answers. */
function answering({ target, sendAs }: Packet, source: PortRow): string {
  const as = sendAs === null ? '' : formatAddress(sendAs);
  return `answers ${target.text}${as === '' || ipsOf(source).includes(as) ? '' : ` as ${as}`}`;
}

function enterSegment(packet: Packet, world: World): StageResult | undefined {
  const { source, host } = packet;
  if (source === null) return undefined;
  const segment = world.tablesOf(host).segments.get(source.segment);
  if (segment === undefined) return dropped(packet, 'SOURCE_NOT_CARRIED', { host, port: source.id });
  const row = { table: 'segments', id: segment.id } as const;
  const text = `enters segment ${segment.id} (VNI ${segment.vni}, MTU ${segment.mtu})`;
  return { packet: { ...packet, segment }, steps: [{ what: 'segment', row, text }] };
}

function guardSource(packet: Packet, world: World): StageResult | undefined {
  if (packet.source === null) return undefined;
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
  const { host, segment, delivered, vtep } = packet;
  // A router may know the tunnel already.
  if (segment === null || delivered !== null || vtep !== null) return undefined;
  const tables = world.tablesOf(host);
  const target = macTarget(packet);
  if (findPort(tables, segment.id, target) || findServer(tables, segment.id, target)) return undefined;
  const remote = findRemote(tables, segment.id, target);
  if (remote === undefined) return unknownOn(packet, segment.id, world);
  const row = { table: 'remotes', id: remote.id } as const;
  const text = `${remote.mac} is port ${remote.id} behind tunnel end ${remote.vtep}`;
  return { packet: { ...packet, vtep: remote.vtep }, steps: [{ what: 'remote', row, text }] };
}

function crossUnderlay(packet: Packet, world: World): StageResult | undefined {
  const { vtep, segment } = packet;
  if (vtep === null || segment === null) return undefined;
  const host = world.hostOfVtep(vtep);
  if (host === undefined) return dropped(packet, 'NO_TUNNEL_END', { vtep });
  const there = { ...packet, host, vtep: null };
  const { vni } = segment;
  // Between hosts a segment is known by its VNI alone.
  const landing = world
    .tablesOf(host)
    .segments.values()
    .find((row) => row.vni === vni);
  if (landing === undefined) return dropped(there, 'SEGMENT_NOT_CARRIED', { host, vni });
  const row = { table: 'segments', id: landing.id } as const;
  const text = `comes out of the tunnel with VNI ${vni} on host ${host}`;
  return { packet: { ...there, segment: landing }, steps: [{ what: 'tunnel', row, text }] };
}

/** The bridge of the host that it is on now has a port for it, which is in service, or the network's server. */
function arrive(packet: Packet, world: World): StageResult | undefined {
  const { host, segment, delivered } = packet;
  if (segment === null || delivered !== null) return undefined;
  const tables = world.tablesOf(host);
  const target = macTarget(packet);
  const here = segment.id;
  const port = findPort(tables, here, target);
  if (port !== undefined) {
    const details = { port: port.id, host };
    const row = { table: 'ports', id: port.id } as const;
    if (!port.adminUp) {
      const text = `finds port ${port.id} (${port.device})`;
      return dropped(packet, 'DESTINATION_PORT_DOWN', details, [{ what: 'port', row, text }]);
    }
    return { packet: { ...packet, delivered: { to: 'port', row: port } }, steps: [] };
  }
  const server = findServer(tables, here, target);
  if (server === undefined) return dropped(packet, 'DESTINATION_NOT_THERE', { host, mac: target.text, segment: here });
  // It has no routes, so it cannot answer anybody elsewhere.
  if (packet.routers.length > 0 || packet.nexthop !== null)
    return dropped(packet, 'SERVER_ELSEWHERE', { segment: here });
  return { packet: { ...packet, delivered: { to: 'server', id: server.id } }, steps: [] };
}

function deliver(packet: Packet): StageResult | undefined {
  const { delivered, asker, ip } = packet;
  if (delivered === null) return undefined;
  // Who asks one address takes no answer of another.
  if (
    asker?.asked &&
    ip !== null &&
    delivered.to === 'port' &&
    formatAddress(asker.asked) !== formatAddress(ip.source)
  ) {
    const [source, asked] = [formatAddress(ip.source), formatAddress(asker.asked)];
    return dropped(packet, 'WRONG_ANSWER', { source, asked, port: delivered.row.id });
  }
  return { packet, steps: [{ what: 'deliver', ...delivery(packet, delivered) }] };
}

function delivery({ host, nexthop, ip, target }: Packet, delivered: Delivery): Pick<Finding, 'row' | 'text'> {
  switch (delivered.to) {
    case 'port': {
      const { id, device } = delivered.row;
      const port = `port ${id} (${device}${unguarded(delivered.row)})`;
      const isForIt = nexthop === null || ip === null || mayHave(delivered.row, formatAddress(ip.destination));
      const text = isForIt
        ? `reaches ${port}`
        : `is handed to ${port} as next hop to ${target.text}; what follows is up to it`;
      return { row: { table: 'ports', id }, text };
    }
    case 'server':
      return {
        row: { table: 'dhcpServers', id: delivered.id },
        text: `reaches the DHCP and DNS server that host ${host} runs for the network`,
      };
    case 'router':
      return { row: { table: 'routers', id: delivered.row.id }, text: `reaches router ${delivered.row.id} itself` };
  }
}

function unguarded({ guard }: PortRow): string {
  return guard === null ? ', port security off' : '';
}

function macTarget(packet: Packet): Target {
  return { kind: 'mac', text: packet.mac ?? '' };
}
