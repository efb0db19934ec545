/** An IPv4 or IPv6 address as a number: 32 bits for family 4, 128 bits for family 6. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Highest address value of each family, which is also its all-ones mask. */
export const MAX_VALUE = { 4: 0xffffffffn, 6: (1n << 128n) - 1n } as const;

/** Bits in an address of each family. */
export const BITS = { 4: 32, 6: 128 } as const;

/** Reads "192.0.2.1" or any RFC 4291 text form of an IPv6 address; undefined when the text is neither. No zone, no leading zeros in IPv4. */
export function parseAddress(text: string): Address | undefined {
  const value = text.includes(':') ? parse6(text) : parse4(text);
  if (value === undefined) return undefined;
  return { family: text.includes(':') ? 6 : 4, value };
}

function parse4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parse6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => groups(half));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const known = head.length + (tail?.length ?? 0);
  if (halves.length === 1 ? known !== 8 : known > 7) return undefined;
  // An embedded IPv4 part may stand only at the very end of the address.
  if (halves.length === 2 && halves[0]?.includes('.')) return undefined;
  const all = [...head, ...Array<number>(8 - known).fill(0), ...(tail ?? [])];
  return all.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

function groups(half: string): number[] | undefined {
  if (half === '') return [];
  const result: number[] = [];
  const parts = half.split(':');
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const embedded = i === parts.length - 1 ? parse4(part) : undefined;
      if (embedded === undefined) return undefined;
      result.push(Number(embedded >> 16n), Number(embedded & 0xffffn));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) result.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return result;
}

/** The one canonical text: dotted quad, or RFC 5952 for IPv6. */
export function formatAddress(address: Address): string {
  return address.family === 4 ? format4(address.value) : format6(address.value);
}

function format4(value: bigint): string {
  const n = Number(value);
  return `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
}

function format6(value: bigint): string {
  const parts: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) parts.push(Number((value >> shift) & 0xffffn));
  const zeros = longestZeroRun(parts);
  const hex = parts.map((part) => part.toString(16));
  if (zeros.length < 2) return hex.join(':');
  return `${hex.slice(0, zeros.start).join(':')}::${hex.slice(zeros.start + zeros.length).join(':')}`;
}

function longestZeroRun(parts: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [i, part] of parts.entries()) {
    if (part !== 0) start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  }
  return best;
}

/** Canonical text of any text form of an address; undefined when it is none. */
export function canonicalAddress(text: string): string | undefined {
  const address = parseAddress(text);
  return address && formatAddress(address);
}
