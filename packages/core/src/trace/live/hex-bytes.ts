import type { Address } from '../../net/address.ts';

/* Bytes in the making, as hexadecimal text: two digits a byte. */

export function hex(value: number | bigint, bytes: number): string {
  return value.toString(16).padStart(bytes * 2, '0');
}

export function macHex(mac: string): string {
  return mac.replaceAll(':', '');
}

export function addressHex({ family, value }: Address): string {
  return hex(value, family === 4 ? 4 : 16);
}

/** The Internet checksum (RFC 1071). */
export function checksum(bytes: string): string {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 4) sum += Number.parseInt(bytes.slice(i, i + 4).padEnd(4, '0'), 16);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return hex(~sum & 0xffff, 2);
}

/** CRC32c, low byte first, as SCTP has it (RFC 9260, appendix A). */
export function crc32c(bytes: string): string {
  let crc = 0xffff_ffff;
  for (let i = 0; i < bytes.length; i += 2) {
    crc ^= Number.parseInt(bytes.slice(i, i + 2), 16);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0);
  }
  const sum = hex(~crc >>> 0, 4);
  return (sum.match(/../g) ?? []).reverse().join('');
}
