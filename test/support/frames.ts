import { parseAddress } from '@netloom/core/net/address';

/*
 * Frames as a dishonest workload would make them, and honest ones to compare: every field is what the caller says, every
 * checksum is right. In hexadecimal, whole or in part; numbers of protocols are IANA's.
 */
export type Hex = string;

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;
export const SCTP = 132;

/** "netloom" and a byte: what a station counts, wherever in a frame it stands. */
export function marked(mark: number): Hex {
  return Buffer.from('netloom').toString('hex') + u8(mark);
}

export function u8(value: number): Hex {
  return value.toString(16).padStart(2, '0');
}

export function u16(value: number): Hex {
  return value.toString(16).padStart(4, '0');
}

export function u32(value: number): Hex {
  return value.toString(16).padStart(8, '0');
}

export function macHex(mac: string): Hex {
  return mac.replaceAll(':', '');
}

export function ipHex(ip: string): Hex {
  const address = parseAddress(ip);
  if (address === undefined) throw new Error(`"${ip}" is no address`);
  return address.value.toString(16).padStart(address.family === 4 ? 8 : 32, '0');
}

/** IEEE 802.3; shorter ones are filled up to 60 bytes. */
export function ethernet(to: string, from: string, type: number, parts: readonly Hex[]): Hex {
  return (macHex(to) + macHex(from) + u16(type) + parts.join('')).padEnd(120, '0');
}

/** IEEE 802.1Q: the tag that stands before the frame's own type. */
export function vlanTag(vlan: number, type: number): Hex {
  return u16(vlan) + u16(type);
}

/** RFC 791, without options. */
export function ipv4(from: string, to: string, protocol: number, payload: Hex): Hex {
  const length = 20 + payload.length / 2;
  const head = (sum: number): Hex =>
    `4500${u16(length)}00004000${u8(64)}${u8(protocol)}${u16(sum)}${ipHex(from)}${ipHex(to)}`;
  return head(checksum(head(0))) + payload;
}

/** RFC 8200, without extension headers; ND wants a hop limit of 255 (RFC 4861). */
export function ipv6(from: string, to: string, protocol: number, payload: Hex): Hex {
  return `60000000${u16(payload.length / 2)}${u8(protocol)}ff${ipHex(from)}${ipHex(to)}${payload}`;
}

/** RFC 768. */
export function udpDatagram(from: string, to: string, ports: readonly [number, number], data: Hex): Hex {
  const head = (sum: number): Hex => u16(ports[0]) + u16(ports[1]) + u16(8 + data.length / 2) + u16(sum);
  return head(checksum(pseudo(from, to, UDP, head(0) + data))) + data;
}

/** RFC 9293: an acknowledgement in the middle of a connection that nobody has opened. */
export function tcpSegment(from: string, to: string, ports: readonly [number, number], data: Hex): Hex {
  const head = (sum: number): Hex => `${u16(ports[0])}${u16(ports[1])}${u32(77)}${u32(99)}5018ffff${u16(sum)}0000`;
  return head(checksum(pseudo(from, to, TCP, head(0) + data))) + data;
}

/** RFC 4443: type, code, and all that follows the checksum. */
export function icmpv6(from: string, to: string, [type, code]: readonly [number, number], body: Hex): Hex {
  const message = (sum: number): Hex => u8(type) + u8(code) + u16(sum) + body;
  return message(checksum(pseudo(from, to, ICMPV6, message(0))));
}

/** RFC 792: destination unreachable, port. */
export function portUnreachable(quoted: Hex): Hex {
  const message = (sum: number): Hex => `0303${u16(sum)}00000000${quoted}`;
  return message(checksum(message(0)));
}

/** RFC 826, of Ethernet and IPv4; the mark stands in what fills the frame up. */
export function arp(
  operation: 1 | 2,
  sender: { readonly mac: string; readonly ip: string },
  target: { readonly mac: string; readonly ip: string },
): Hex {
  const end = (one: { readonly mac: string; readonly ip: string }): Hex => macHex(one.mac) + ipHex(one.ip);
  return `000108000604${u16(operation)}${end(sender)}${end(target)}`;
}

/** An option of ND (RFC 4861, 4.6) that says a link-layer address: 1 the source's, 2 the target's. */
export function linkLayerOption(kind: 1 | 2, mac: string): Hex {
  return u8(kind) + u8(1) + macHex(mac);
}

/** An option of ND that nobody knows, and so ignores. */
export function ndMark(mark: number): Hex {
  return `fd02${marked(mark)}${'00'.repeat(6)}`;
}

/** RFC 9260: the common header and one chunk, which carries its own length. */
export function sctpPacket(ports: readonly [number, number], tag: number, chunk: Hex): Hex {
  const head = (sum: Hex): Hex => u16(ports[0]) + u16(ports[1]) + u32(tag) + sum;
  return head(crc32c(head('00000000') + chunk)) + chunk;
}

/** A chunk of SCTP, filled up to a multiple of four bytes. */
export function sctpChunk(type: number, flags: number, body: Hex): Hex {
  const chunk = u8(type) + u8(flags) + u16(4 + body.length / 2) + body;
  return chunk.padEnd(Math.ceil(chunk.length / 8) * 8, '0');
}

/** Castagnoli's, as SCTP has it (RFC 9260, appendix A): the lowest byte first. */
function crc32c(data: Hex): Hex {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(data, 'hex')) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(~crc >>> 0);
  return bytes.toString('hex');
}

/** Internet checksum (RFC 1071) of what is a whole number of bytes. */
function checksum(data: Hex): number {
  const even = data.length % 4 === 0 ? data : `${data}00`;
  let sum = 0;
  for (let at = 0; at < even.length; at += 4) sum += Number.parseInt(even.slice(at, at + 4), 16);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function pseudo(from: string, to: string, protocol: number, message: Hex): Hex {
  return ipHex(from) + ipHex(to) + u32(message.length / 2) + u32(protocol) + message;
}
