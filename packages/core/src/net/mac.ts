import { type Address, formatAddress } from './address.ts';
import type { Prefix } from './prefix.ts';

/** Reads six hexadecimal octets separated by ":" or "-"; gives lower case with ":". Undefined when the text is no MAC address. */
export function canonicalMac(text: string): string | undefined {
  const match = /^([0-9a-f]{2})([:-])(?:[0-9a-f]{2}\2){4}[0-9a-f]{2}$/i.exec(text);
  return match ? text.toLowerCase().replaceAll('-', ':') : undefined;
}

/** True for a group (multicast or broadcast) address: bit 0 of the first octet (IEEE 802). */
export function isGroupMac(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/** `base` gives the leading octets ("fa:16:3e:00:00:00"), `random` (three bytes or more) the last three. */
export function macFrom(base: string, random: Uint8Array): string {
  const tail = [...random.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, '0'));
  return [...base.split(':').slice(0, 3), ...tail].join(':');
}

/** The modified EUI-64 address of a MAC in a /64 prefix (RFC 4291, appendix A), which SLAAC gives. */
export function eui64Address(prefix: Prefix, mac: string): Address {
  const octets = mac.split(':').map((octet) => Number.parseInt(octet, 16));
  const [o0 = 0, o1 = 0, o2 = 0, ...low] = octets;
  const identifier = [o0 ^ 2, o1, o2, 0xff, 0xfe, ...low].reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
  return { family: 6, value: prefix.first | identifier };
}

/** The fe80::/64 address that a host with this MAC forms for itself. */
export function linkLocalAddress(mac: string): string {
  return formatAddress(eui64Address({ family: 6, first: 0xfe80n << 112n, length: 64 }, mac));
}
