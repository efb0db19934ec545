import type { IpPacket } from '../filter/ip-packet.ts';
import { type Address, formatAddress } from '../net/address.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { GatewayRow, RouterInterface, RouterRow } from '../tables/host-tables.ts';
import { bestRoute, type Route } from './best-route.ts';
import { dropped } from './dropped.ts';
import { type Entrance, findRouter, hasAddress, ipsOfInterface } from './interfaces.ts';
import { ipTarget, macOf, unknownOn } from './neighbours.ts';
import type { Finding, Packet, StageResult } from './packet.ts';
import { type Taken, translateIn, translateOut, translationOf, untranslated } from './translate.ts';
import { leaveByUplink } from './uplink.ts';
import type { World } from './world.ts';

/**
 * Routers of the packet's host pass it on until it is on the segment of its destination, goes to a workload as next hop, or to a gateway
 * on another host. A host runs every router that it can meet on the way before that.
 */
export function route(packet: Packet, world: World): StageResult | undefined {
  const entrance = entranceOf(packet, world);
  if (!entrance && packet.router === null) return undefined;
  const steps: Finding[] = [];
  let at: Packet = entrance ? { ...packet, router: entrance.router } : packet;
  while (at.router !== null) {
    const result = passOn(at, at.router, world);
    steps.push(...result.steps);
    at = result.packet;
    if (result.drop !== undefined) return { ...result, steps };
    if (at.delivered !== null) break;
  }
  return { packet: at, steps };
}

/** The router of the packet's host that takes it in. */
export function entranceOf({ segment, mac, host }: Packet, world: World): Entrance | undefined {
  if (segment === null || mac === null) return undefined;
  return findRouter(world.tablesOf(host), segment.id, { kind: 'mac', text: mac });
}

/** One router's part: it takes the packet for itself, gives it to the next router, or resolves whom it goes to on the segment behind it. */
function passOn(packet: Packet, router: RouterRow, world: World): StageResult {
  const tables = world.tablesOf(packet.host);
  const delivered = { ...packet, delivered: { to: 'router', row: router } } as const;
  // Something else than IP is for itself, as far as it is for anybody.
  if (packet.ip === null) return { packet: delivered, steps: [] };
  const gateway = tables.gateways.get(router.id);
  const taken = gateway ? translateIn(packet, packet.ip, gateway, tables) : untranslated(packet.ip);
  if (hasAddress(router, formatAddress(taken.ip.destination), tables)) return { packet: delivered, steps: taken.steps };
  const isAnswer = packet.source === null && packet.routers.length === 0;
  const from = isAnswer ? undefined : entranceOf(packet, world)?.by;
  const result = sendOn(withIp(packet, taken.ip), { router, gateway, taken, from }, world);
  return { ...result, steps: [...taken.steps, ...result.steps] };
}

interface Passage {
  readonly router: RouterRow;
  readonly gateway: GatewayRow | undefined;
  readonly taken: Taken;
  /** Undefined for what the router answers itself. */
  readonly from: RouterInterface | undefined;
}

function sendOn(packet: Packet, passage: Passage, world: World): StageResult {
  const { router, gateway, taken, from } = passage;
  const { host, routers } = packet;
  const tables = world.tablesOf(host);
  const { destination: to } = taken.ip;
  const coming = `router ${router.id} ${from === undefined ? 'answers' : `takes it in ${place(from, to)}`}`;
  const round = roundOf(packet, router);
  if (round !== undefined) {
    const step: Finding = { what: 'router', row: { table: 'routers', id: router.id }, text: coming };
    return dropped(packet, 'ROUTING_LOOP', { to: formatAddress(to), round }, [step]);
  }
  const best = bestRoute(router, to, tables);
  const segment = best && tables.segments.get(best.out.segment);
  if (best === undefined || segment === undefined) return leaveByUplink(packet, { router, to, taken: coming }, world);
  const sent = gateway ? translateOut(taken, { from, to: best.out, gateway, tables }) : taken;
  const isOut = best.out.port === gateway?.interface.port;
  const steps: Finding[] = [
    {
      what: isOut ? 'gateway' : 'router',
      row: { table: isOut ? 'gateways' : 'routers', id: router.id },
      text: `${coming} and sends it out ${isOut ? 'of its gateway ' : ''}${place(best.out, to)}, by ${reasonOf(best)}`,
    },
    ...(sent === taken ? [] : sent.steps),
  ];
  const on: Packet = {
    ...withIp(packet, sent.ip),
    ...{ segment, nexthop: best.nexthop, routers: [...routers, { id: router.id, host }] },
    translations: [...packet.translations, ...(gateway ? translationOf({ gateway, taken, sent }) : [])],
  };
  const nexthop = best.nexthop ?? to;
  const mac = macOf(on, segment, nexthop, world);
  if (mac !== undefined) {
    const next = findRouter(tables, segment.id, { kind: 'mac', text: mac });
    return { packet: { ...on, mac, router: next?.router ?? null }, steps };
  }
  if (best.nexthop === null) return unknownOn(on, segment.id, world, steps);
  const details = { router: router.id, to: formatAddress(to), nexthop: formatAddress(nexthop), segment: segment.id };
  return dropped(on, 'NO_NEXT_HOP', details, steps);
}

/** Whoever has been there already, and those since; undefined for a router that has not. */
function roundOf({ routers, host }: Packet, { id }: RouterRow): string | undefined {
  const first = routers.findIndex((each) => each.id === id && each.host === host);
  if (first < 0) return undefined;
  const ids = [...routers.slice(first).map((each) => each.id), id];
  // A router and the same one at its gateway are one.
  return ids.filter((each, i) => i === 0 || i === ids.length - 1 || each !== ids[i - 1]).join(' to ');
}

function reasonOf({ by, prefix, nexthop }: Route): string {
  if (nexthop === null) return 'the prefix of that interface';
  return by === 'gateway'
    ? `the gateway ${formatAddress(nexthop)} of its external network`
    : `its route ${formatPrefix(prefix)} via ${formatAddress(nexthop)}`;
}

/** Its destination is the target from now on. */
function withIp(packet: Packet, ip: IpPacket): Packet {
  const { target } = packet;
  return { ...packet, ip, target: target.kind === 'mac' ? target : ipTarget(ip.destination) };
}

function place(by: RouterInterface, { family }: Address): string {
  const ip = ipsOfInterface(by).find((each) => each.includes(':') === (family === 6));
  return `${ip === undefined ? '' : `at ${ip} `}on segment ${by.segment}`;
}
