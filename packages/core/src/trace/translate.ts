import { type IpPacket, replyTo, sameIp } from '../filter/ip-packet.ts';
import { type Address, formatAddress, parseAddress } from '../net/address.ts';
import type { FloatingIpRow, GatewayRow, HostTables, RouterInterface } from '../tables/host-tables.ts';
import { ipsOfInterface } from './interfaces.ts';
import type { Finding, Packet, Translation } from './packet.ts';

/** What becomes of the addresses of a packet at the gateway of a router; IPv6 is never translated. */
interface Translated {
  readonly ip: IpPacket;
  readonly steps: readonly Finding[];
}

/** A packet that a gateway has taken in and not yet sent out. */
export interface Taken extends Translated {
  /** Before anything was translated. */
  readonly before: IpPacket;
  /** Of a flow that the gateway knows, or of none: what begins no flow is not translated. */
  readonly isSettled: boolean;
}

/** Before the packet is routed: a reply is what its sender answers to, and a floating IP gives way to the address that it stands for. */
export function translateIn(packet: Packet, ip: IpPacket, gateway: GatewayRow, tables: HostTables): Taken {
  const known = packet.translations.find((each) => isReply(each, packet, ip, gateway));
  if (known !== undefined) return { ...undo(known, ip), before: ip, isSettled: true };
  const floating = floatingOf(gateway, tables).find(({ address }) => address === formatAddress(ip.destination));
  const fixed = parseAddress(floating?.fixed ?? '');
  const isSettled = packet.way === 'back';
  if (floating === undefined || fixed === undefined || isSettled) return { ip, steps: [], before: ip, isSettled };
  const text = `${words(floating)}, so it goes on to that`;
  return { ip: { ...ip, destination: fixed }, steps: [step('floatingIps', floating.id, text)], before: ip, isSettled };
}

/** What no gateway has touched. */
export function untranslated(ip: IpPacket): Taken {
  return { ip, before: ip, steps: [], isSettled: true };
}

interface Leaving {
  /** Undefined for what the router answers itself. */
  readonly from: RouterInterface | undefined;
  readonly to: RouterInterface;
  readonly gateway: GatewayRow;
  readonly tables: HostTables;
}

/**
 * When the way of the packet is known: what leaves by the gateway, or reaches a floating IP from inside, has the sender's floating IP or
 * else the router's own address as source.
 */
export function translateOut({ ip, before, isSettled }: Taken, { from, to, gateway, tables }: Leaving): Translated {
  const face = gateway.interface;
  const leaves = to.port === face.port;
  const isHairpin = !leaves && from?.port !== face.port && !sameAddress(ip.destination, before.destination);
  if (isSettled || ip.source.family === 6 || !(leaves || isHairpin)) return { ip, steps: [] };
  const floating = floatingOf(gateway, tables).find(({ fixed }) => fixed === formatAddress(ip.source));
  if (floating !== undefined) {
    const source = parseAddress(floating.address) ?? ip.source;
    return {
      ip: { ...ip, source },
      steps: [step('floatingIps', floating.id, `${words(floating)}, so it leaves as ${floating.address}`)],
    };
  }
  const own = ipsOfInterface(face).flatMap((text) => parseAddress(text) ?? []);
  const source = own.find(({ family }) => family === 4);
  if (source === undefined || !(gateway.snat || isHairpin)) return { ip, steps: [] };
  const text = `it leaves as ${formatAddress(source)}, which router ${gateway.id} has at its gateway, instead of as ${formatAddress(ip.source)}`;
  return { ip: { ...ip, source }, steps: [step('gateways', gateway.id, text)] };
}

/** What the gateway must know to undo for the reply all that it did; none for what is a reply itself. */
export function translationOf(what: {
  readonly gateway: GatewayRow;
  readonly taken: Taken;
  readonly sent: Translated;
}): Translation[] {
  const { gateway, taken, sent } = what;
  if (taken.isSettled) return [];
  const rows = [...taken.steps, ...sent.steps].map(({ row }) => row);
  return [{ router: gateway.id, before: taken.before, after: sent.ip, rows }];
}

function isReply({ router, after }: Translation, packet: Packet, ip: IpPacket, gateway: GatewayRow): boolean {
  const expected = router === gateway.id ? replyTo(after) : undefined;
  return packet.way === 'back' && expected !== undefined && sameIp(expected, ip);
}

function undo({ before, rows }: Translation, ip: IpPacket): Translated {
  const undone = { ...ip, source: before.destination, destination: before.source };
  const texts: string[] = [];
  if (!sameAddress(ip.source, undone.source)) texts.push(`it comes from ${formatAddress(undone.source)} again`);
  if (!sameAddress(ip.destination, undone.destination))
    texts.push(`it goes on to ${formatAddress(undone.destination)}, for which ${formatAddress(ip.destination)} stood`);
  const [row] = rows;
  if (row === undefined || texts.length === 0) return { ip: undone, steps: [] };
  return {
    ip: undone,
    steps: [{ what: 'nat', row, text: `as reply of a flow that was translated here, ${texts.join(', and ')}` }],
  };
}

function floatingOf({ id }: GatewayRow, { floatingIps }: HostTables): FloatingIpRow[] {
  return [...floatingIps.values()].filter(({ router, address }) => router === id && !address.includes(':'));
}

function words({ address, fixed }: FloatingIpRow): string {
  return `${address} stands for ${fixed}`;
}

function step(table: 'floatingIps' | 'gateways', id: string, text: string): Finding {
  return { what: 'nat', row: { table, id }, text };
}

function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value;
}
