import { type Address, formatAddress, parseAddress } from '../net/address.ts';
import { formatPrefix, type Prefix, parsePrefix, prefixHolds } from '../net/prefix.ts';
import type { HostTables, RouterInterface, RouterRow } from '../tables/host-tables.ts';
import { dropped } from './dropped.ts';
import { findRouter, hasAddress, ipsOfInterface } from './interfaces.ts';
import { macOf, unknownOn } from './neighbours.ts';
import type { Finding, Packet, StageResult } from './packet.ts';
import type { World } from './world.ts';

/** An entry of a router's routing table that holds an address. */
interface Route {
  readonly prefix: Prefix;
  readonly out: RouterInterface;
  /** Null where the destination is on the interface's own network. */
  readonly nexthop: Address | null;
}

/**
 * Routers of the packet's host pass it on until it is on the segment of its destination, or goes to a workload as next hop. A host runs
 * every router that it can meet on the way, so all of this is on the host that the packet, or its answer, comes from.
 */
export function route(packet: Packet, world: World): StageResult | undefined {
  const tables = world.tablesOf(packet.host);
  const entrance = packet.segment && packet.mac && findRouter(tables, packet.segment.id, macTarget(packet.mac));
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

/** One router's part: it takes the packet for itself, gives it to the next router, or resolves whom it goes to on the segment behind it. */
function passOn(packet: Packet, router: RouterRow, world: World): StageResult {
  const { ip, host, routers } = packet;
  const isAnswer = packet.source === null && routers.length === 0;
  // Something else than IP is for itself, as far as it is for anybody.
  if (ip === null || hasAddress(router, formatAddress(ip.destination))) {
    return { packet: { ...packet, delivered: { to: 'router', row: router } }, steps: [] };
  }
  const tables = world.tablesOf(host);
  const to = formatAddress(ip.destination);
  const best = bestRoute(router, ip.destination, tables);
  const segment = best && tables.segments.get(best.out.segment);
  const step = (text: string): Finding => ({ what: 'router', row: { table: 'routers', id: router.id }, text });
  const taken = `router ${router.id} ${isAnswer ? 'answers' : `takes it in ${entry(packet, ip.destination.family, tables)}`}`;
  if (best === undefined || segment === undefined)
    return dropped(packet, 'NO_ROUTE', { router: router.id, to }, [step(taken)]);
  const nexthop = best.nexthop ?? ip.destination;
  const hop = formatAddress(nexthop);
  const by =
    best.nexthop === null ? `the prefix of that interface` : `its route ${formatPrefix(best.prefix)} via ${hop}`;
  const steps = [step(`${taken} and sends it out ${place(best.out, ip.destination.family)}, by ${by}`)];
  if (routers.includes(router.id)) {
    const round = [...routers.slice(routers.indexOf(router.id)), router.id].join(' to ');
    return dropped(packet, 'ROUTING_LOOP', { to, round }, steps);
  }
  const on = { ...packet, segment, nexthop: best.nexthop, routers: [...routers, router.id] };
  const mac = macOf(on, segment, nexthop, world);
  if (mac === undefined) {
    return best.nexthop === null
      ? unknownOn(on, segment.id, world, steps)
      : dropped(on, 'NO_NEXT_HOP', { router: router.id, to, nexthop: hop, segment: segment.id }, steps);
  }
  const next = findRouter(tables, segment.id, macTarget(mac));
  return { packet: { ...on, mac, router: next?.router ?? null }, steps };
}

/** The longest prefix that holds the address, of equal ones that of an interface. Interfaces on segments that the host lacks do not count. */
function bestRoute(router: RouterRow, destination: Address, tables: HostTables): Route | undefined {
  const links = router.interfaces
    .filter(({ segment }) => tables.segments.has(segment))
    .flatMap((out) =>
      out.addresses.flatMap((text): Route[] => {
        const prefix = parsePrefix(text);
        return prefix === undefined ? [] : [{ prefix, out, nexthop: null }];
      }),
    );
  const statics = router.routes.flatMap((given): Route[] => {
    const [prefix, nexthop] = [parsePrefix(given.destination), parseAddress(given.nexthop)];
    const link = nexthop && links.find((each) => prefixHolds(each.prefix, nexthop));
    return prefix === undefined || link === undefined ? [] : [{ prefix, out: link.out, nexthop: nexthop ?? null }];
  });
  return [...links, ...statics]
    .filter(({ prefix }) => prefixHolds(prefix, destination))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
}

/** Where the packet comes in. */
function entry({ segment, mac }: Packet, family: 4 | 6, tables: HostTables): string {
  const entrance = segment && mac && findRouter(tables, segment.id, macTarget(mac));
  return entrance ? place(entrance.by, family) : '';
}

function place(by: RouterInterface, family: 4 | 6): string {
  const ip = ipsOfInterface(by).find((each) => each.includes(':') === (family === 6));
  return `${ip === undefined ? '' : `at ${ip} `}on segment ${by.segment}`;
}

function macTarget(mac: string) {
  return { kind: 'mac', text: mac } as const;
}
