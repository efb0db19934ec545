import { PROTOCOL, replyTo } from '../../filter/ip-packet.ts';
import { parseAddress } from '../../net/address.ts';
import type { Way } from '../packet.ts';
import { addressHex, hex, macHex } from './hex-bytes.ts';
import { ETHER_TYPE, type ProbeContent, type ProbePacket, tokenParts } from './probe-packet.ts';

/** A field of a packet: bits from the begin of its network or transport header, with their value. */
export interface Mark {
  readonly header: 'network' | 'transport';
  readonly offset: number;
  readonly bits: number;
  /** Hexadecimal. */
  readonly value: string;
}

/** By what a packet is known wherever it is seen. Addresses are left out as far as they can be: routers may change them. */
export interface Marks {
  readonly etherType: number;
  readonly fields: readonly Mark[];
}

/** Marks of a probe packet, or of the reply to it; undefined for a reply that cannot be told from other packets. */
export function probeMarks(packet: ProbePacket, way: Way): Marks | undefined {
  const { content } = packet;
  switch (content.kind) {
    case 'bare':
      return way === 'there' ? { etherType: ETHER_TYPE.bare, fields: [network(0, packet.token)] } : undefined;
    case 'neighbour':
      return neighbourMarks(packet, content, way);
    case 'ip': {
      const fields = way === 'there' ? forwardFields(packet, content) : replyFields(packet, content);
      if (fields === undefined) return undefined;
      const isV6 = content.destination.includes(':');
      const protocol = network(isV6 ? 48 : 72, hex(content.protocol, 1));
      return { etherType: isV6 ? ETHER_TYPE.ip6 : ETHER_TYPE.ip, fields: [protocol, ...fields] };
    }
  }
}

type IpContent = Extract<ProbeContent, { kind: 'ip' }>;

function forwardFields({ token }: ProbePacket, content: IpContent): Mark[] {
  const { ipId, flowLabel, word, all } = tokenParts(token);
  const fromNetwork = content.destination.includes(':')
    ? { header: 'network' as const, offset: 12, bits: 20, value: flowLabel }
    : network(32, ipId);
  if (content.icmp !== null) return [fromNetwork, transport(0, hex(content.icmp.type, 1)), transport(32, word)];
  switch (content.protocol) {
    case PROTOCOL.tcp:
      return [fromNetwork, transport(32, word)];
    case PROTOCOL.sctp:
      return [fromNetwork, transport(128, word)];
    default:
      return [fromNetwork, transport(64, all)];
  }
}

function replyFields({ token }: ProbePacket, content: IpContent): Mark[] | undefined {
  const { word } = tokenParts(token);
  const { source, destination, sourcePort, destinationPort, protocol, icmp } = content;
  if (icmp !== null) {
    const [from, to] = [parseAddress(source), parseAddress(destination)];
    const reply = from && to && replyTo({ ...content, source: from, destination: to })?.icmp;
    // Only of echoes does everything behind the code come back.
    const isEcho = reply?.type === 0 || reply?.type === 129;
    return reply && isEcho ? [transport(0, hex(reply.type, 1)), transport(32, word)] : undefined;
  }
  switch (protocol) {
    case PROTOCOL.tcp:
      // It acknowledges the SYN, whether it accepts or resets.
      return [transport(64, hex((Number.parseInt(word, 16) + 1) >>> 0, 4))];
    case PROTOCOL.sctp:
      return [transport(32, word)];
    case PROTOCOL.udp: {
      const [at, bits] = destination.includes(':') ? [64, 128] : [96, 32];
      const addresses = [network(at, textHex(destination)), network(at + bits, textHex(source))];
      return [...addresses, transport(0, hex(destinationPort ?? 0, 2)), transport(16, hex(sourcePort ?? 0, 2))];
    }
    default:
      return undefined;
  }
}

function neighbourMarks(
  { sourceMac, token }: ProbePacket,
  { source, target }: Extract<ProbeContent, { kind: 'neighbour' }>,
  way: Way,
): Marks {
  const { flowLabel, word, all } = tokenParts(token);
  if (!target.includes(':')) {
    const answer = [network(48, '0002'), network(112, textHex(target)), network(144, macHex(sourceMac))];
    return { etherType: ETHER_TYPE.arp, fields: way === 'there' ? [network(224, all)] : answer };
  }
  const icmp = network(48, hex(PROTOCOL.icmpv6, 1));
  const question = [
    { header: 'network' as const, offset: 12, bits: 20, value: flowLabel },
    transport(0, '87'),
    transport(32, word),
  ];
  const answer = [network(192, textHex(source)), transport(0, '88'), transport(64, textHex(target))];
  return { etherType: ETHER_TYPE.ip6, fields: [icmp, ...(way === 'there' ? question : answer)] };
}

function textHex(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new Error(`"${address}" is no address`);
  return addressHex(parsed);
}

function network(offset: number, value: string): Mark {
  return { header: 'network', offset, bits: value.length * 4, value };
}

function transport(offset: number, value: string): Mark {
  return { header: 'transport', offset, bits: value.length * 4, value };
}
