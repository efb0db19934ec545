import { type Address, BITS, formatAddress, MAX_VALUE, parseAddress } from './address.ts';

/** A network prefix: the first address (host bits zero) and the number of leading bits that are fixed. */
export interface Prefix {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly length: number;
}

/** Prefixes of all addresses, by family: those of default routes. */
export const EVERYTHING = { 4: { family: 4, first: 0n, length: 0 }, 6: { family: 6, first: 0n, length: 0 } } as const;

/** Reads "10.0.0.0/24"; host bits are cleared. Undefined when the text is no prefix. A bare address is not a prefix. */
export function parsePrefix(text: string): Prefix | undefined {
  const [addressText, lengthText, ...rest] = text.split('/');
  if (addressText === undefined || lengthText === undefined || rest.length > 0) return undefined;
  const address = parseAddress(addressText);
  if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(lengthText)) return undefined;
  const length = Number(lengthText);
  if (length > BITS[address.family]) return undefined;
  return prefixOf(address, length);
}

/** The prefix of a given length that holds an address. */
export function prefixOf(address: Address, length: number): Prefix {
  const hostBits = BigInt(BITS[address.family] - length);
  return { family: address.family, first: (address.value >> hostBits) << hostBits, length };
}

/** The prefix of a single address: "10.0.0.9" gives "10.0.0.9/32". */
export function hostPrefix(ip: string): string {
  return `${ip}/${BITS[ip.includes(':') ? 6 : 4]}`;
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress({ family: prefix.family, value: prefix.first })}/${prefix.length}`;
}

/** Highest address value in the prefix (the broadcast address of an IPv4 subnet). */
export function lastOf(prefix: Prefix): bigint {
  return prefix.first | (MAX_VALUE[prefix.family] >> BigInt(prefix.length));
}

export function prefixHolds(prefix: Prefix, address: Address): boolean {
  return address.family === prefix.family && address.value >= prefix.first && address.value <= lastOf(prefix);
}

export function prefixesOverlap(a: Prefix, b: Prefix): boolean {
  return a.family === b.family && a.first <= lastOf(b) && b.first <= lastOf(a);
}

/** Dotted IPv4 netmask of a prefix length, as dnsmasq and ifconfig want it. */
export function netmask(length: number): string {
  const value = length === 0 ? 0n : (MAX_VALUE[4] << BigInt(32 - length)) & MAX_VALUE[4];
  return formatAddress({ family: 4, value });
}
