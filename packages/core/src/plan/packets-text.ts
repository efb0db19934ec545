import { PROTOCOL } from '../filter/ip-packet.ts';
import { ALL_PACKETS, differenceOf, intersectionOf, isIcmp, type PacketSet, PLACES } from './packet-set.ts';
import type { Packets } from './packets.ts';

/** Names of protocols (IANA), as security group rules have them. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [PROTOCOL.icmp, 'icmp'],
  [2, 'igmp'],
  [4, 'ipip'],
  [PROTOCOL.tcp, 'tcp'],
  [PROTOCOL.udp, 'udp'],
  [33, 'dccp'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [PROTOCOL.icmpv6, 'icmpv6'],
  [89, 'ospf'],
  [112, 'vrrp'],
  [PROTOCOL.sctp, 'sctp'],
  [136, 'udplite'],
]);

/**
 * A set of packets in words, the same for the same set: "tcp/80,443", "icmp/8", "udp, tcp/1-1023", "any", "any but tcp/22". ICMP is
 * "icmp/TYPE" or "icmp/TYPE:CODE". What comes from some source ports only stands behind the rest: "icmp; tcp/53 from port 1024-65535".
 */
export function packetsText(packets: Packets): string {
  const sets = packets.map(({ set }) => set);
  const always = sets.reduce(intersectionOf, ALL_PACKETS);
  const ports = new Map<string, string[]>();
  for (const [i, { from, set }] of packets.entries()) {
    const more = setText(differenceOf(set, always));
    const range = rangeText(from, (packets[i + 1]?.from ?? PLACES) - 1);
    if (more !== '') ports.set(more, [...(ports.get(more) ?? []), range]);
  }
  const parts = ports.entries().map(([text, ranges]) => `${text} from port ${ranges.join(',')}`);
  return [...(always.length > 0 ? [setText(always)] : []), ...parts].join('; ');
}

function setText(set: PacketSet): string {
  const parts = partsOf(set);
  const missing = partsOf(differenceOf(ALL_PACKETS, set));
  if (missing.length === 0) return 'any';
  return missing.length < parts.length ? `any but ${missing.join(', ')}` : parts.join(', ');
}

function partsOf(set: PacketSet): string[] {
  const byProtocol = new Map<number, [number, number][]>();
  const whole: [number, number][] = [];
  for (let i = 0; i < set.length; i += 2) {
    let first = set[i] ?? 0;
    const last = set[i + 1] ?? 0;
    while (first <= last) {
      const protocol = Math.floor(first / PLACES);
      const end = Math.min(last, protocol * PLACES + PLACES - 1);
      const run: [number, number] = [first % PLACES, end % PLACES];
      if (run[0] === 0 && run[1] === PLACES - 1) join(whole, protocol);
      else byProtocol.set(protocol, [...(byProtocol.get(protocol) ?? []), run]);
      first = end + 1;
    }
  }
  const parts = whole.flatMap(wholeText);
  for (const [protocol, runs] of byProtocol) {
    const text = isIcmp(protocol) ? runs.flatMap(icmpText) : runs.map(([first, last]) => rangeText(first, last));
    parts.push({ order: protocol, text: `${nameOf(protocol)}/${text.join(',')}` });
  }
  return parts.sort((a, b) => a.order - b.order).map(({ text }) => text);
}

function join(runs: [number, number][], protocol: number): void {
  const last = runs.at(-1);
  if (last !== undefined && last[1] === protocol - 1) last[1] = protocol;
  else runs.push([protocol, protocol]);
}

/** Protocols without a name that follow each other are one range. */
function wholeText([first, last]: [number, number]): { order: number; text: string }[] {
  const parts: { order: number; text: string }[] = [];
  let start = first;
  for (let protocol = first; protocol <= last + 1; protocol++) {
    if (protocol <= last && !NAMES.has(protocol)) continue;
    if (start < protocol) parts.push({ order: start, text: `protocol ${rangeText(start, protocol - 1)}` });
    if (protocol <= last) parts.push({ order: protocol, text: nameOf(protocol) });
    start = protocol + 1;
  }
  return parts;
}

/** Runs of type * 256 + code. */
function icmpText([first, last]: [number, number]): string[] {
  const [type, code] = [Math.floor(first / 256), first % 256];
  const endOfType = type * 256 + 255;
  if (code === 0 && last >= endOfType) {
    const lastWhole = Math.floor((last + 1) / 256) - 1;
    const rest = lastWhole * 256 + 256;
    return [rangeText(type, lastWhole), ...(rest <= last ? icmpText([rest, last]) : [])];
  }
  const end = Math.min(last, endOfType);
  return [`${type}:${rangeText(code, end % 256)}`, ...(end < last ? icmpText([end + 1, last]) : [])];
}

function rangeText(first: number, last: number): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

function nameOf(protocol: number): string {
  return NAMES.get(protocol) ?? `protocol ${protocol}`;
}
