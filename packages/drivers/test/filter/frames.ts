import { parseAddress } from '@netloom/core/net/address';

// Frames as hexadecimal text, each made of parts from the outside in.

export const BROADCAST = 'ff:ff:ff:ff:ff:ff';

export function ethernet(to: string, from: string, type: number, payload: string): string {
  // Without padding to 60 bytes: a bridge that looks into IP packets takes it off.
  return bare(to) + bare(from) + hex(type, 2) + payload;
}

/** An 802.3 frame around an LLC header: what a spanning tree speaks. */
export function bpdu(from: string): string {
  const config = `424203${'00'.repeat(35)}`;
  return bare('01:80:c2:00:00:00') + bare(from) + hex(config.length / 2, 2) + config;
}

export function vlan(frame: string, type = 0x8100): string {
  return `${frame.slice(0, 24)}${hex(type, 2)}0007${frame.slice(24)}`;
}

export function arp(from: { readonly mac: string; readonly ip: string }, target: string, operation = 1): string {
  return `0001080006040${operation.toString(16).padStart(3, '0')}${bare(from.mac)}${ipHex(from.ip)}000000000000${ipHex(target)}`;
}

export function ipv4(from: string, to: string, protocol: number, payload: string): string {
  const header = `4500${hex(20 + payload.length / 2, 2)}0000000040${hex(protocol, 1)}0000${ipHex(from)}${ipHex(to)}`;
  return `${header.slice(0, 20)}${checksum(header)}${header.slice(24)}${payload}`;
}

export function ipv6(from: string, to: string, next: number, payload: string): string {
  return `60000000${hex(payload.length / 2, 2)}${hex(next, 1)}ff${ipHex(from)}${ipHex(to)}${payload}`;
}

/** UDP over IPv4 goes without a checksum; over IPv6 it has one. */
export function udp(ports: readonly [number, number], text: string, ends?: readonly [string, string]): string {
  const data = Buffer.from(text).toString('hex');
  const header = `${hex(ports[0], 2)}${hex(ports[1], 2)}${hex(8 + data.length / 2, 2)}`;
  const sum = ends ? checksum(pseudo(ends, 17, `${header}0000${data}`)) : '0000';
  return `${header}${sum}${data}`;
}

export function icmp6(ends: readonly [string, string], type: number, body: string): string {
  const sum = checksum(pseudo(ends, 58, `${hex(type, 1)}000000${body}`));
  return `${hex(type, 1)}00${sum}${body}`;
}

/** Body of a neighbour solicitation or advertisement, with a link-layer address when one is given. */
export function neighbour(target: string, option?: { readonly type: number; readonly mac: string }): string {
  return `00000000${ipHex(target)}${option ? linkOption(option.type, option.mac) : ''}`;
}

export function linkOption(type: number, mac: string): string {
  return `${hex(type, 1)}01${bare(mac)}`;
}

/** The group that is asked for an address (RFC 4291, section 2.7.1), and its MAC. */
export function solicited(ip: string): { readonly ip: string; readonly mac: string } {
  const tail = ipHex(ip).slice(-6);
  return { ip: `ff02::1:ff${tail.slice(0, 2)}:${tail.slice(2)}`, mac: `33:33:ff:${tail.match(/../g)?.join(':')}` };
}

function pseudo(ends: readonly [string, string], next: number, payload: string): string {
  return `${ipHex(ends[0])}${ipHex(ends[1])}${hex(payload.length / 2, 4)}${hex(next, 4)}${payload}`;
}

/** The Internet checksum (RFC 1071) of whole words. */
function checksum(text: string): string {
  const padded = text.length % 4 === 0 ? text : `${text}00`;
  let sum = (padded.match(/.{4}/g) ?? []).reduce((total, word) => total + Number.parseInt(word, 16), 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return hex(~sum & 0xffff, 2);
}

export function hex(value: number, bytes: number): string {
  return value.toString(16).padStart(bytes * 2, '0');
}

function bare(mac: string): string {
  return mac.replaceAll(':', '');
}

export function ipHex(ip: string): string {
  const address = parseAddress(ip);
  return (address?.value ?? 0n).toString(16).padStart(address?.family === 4 ? 8 : 32, '0');
}
