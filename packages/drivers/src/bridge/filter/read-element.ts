import {
  type Address,
  BITS,
  canonicalAddress,
  formatAddress,
  MAX_VALUE,
  parseAddress,
} from '@netloom/core/net/address';
import { hex32 } from './nft-names.ts';

/** A value as `nft -j` writes it (libnftables-json(5)). */
export type NftValue =
  | string
  | number
  | { readonly concat: readonly NftValue[] }
  | { readonly prefix: { readonly addr: string; readonly len: number } }
  | { readonly range: readonly [string | number, string | number] }
  | { readonly elem: { readonly val: NftValue } };

/** What a map leads to. */
export type NftTarget = number | { readonly [verdict: string]: { readonly target: string } | null };

/** An element of a set or map, in the words by which the renderer names it. */
export function readElement(set: string, element: NftValue | readonly [NftValue, NftTarget]): [string, string] {
  if (!Array.isArray(element)) return [`${set} ${keyText(set, element as NftValue)}`, ''];
  const [key, value] = element as readonly [NftValue, NftTarget];
  return [`${set} ${keyText(set, key)}`, typeof value === 'number' ? numberText(set, value) : verdictText(value)];
}

function numberText(set: string, value: number): string {
  return set === 'zones' ? String(value) : hex32(value);
}

function verdictText(value: Exclude<NftTarget, number>): string {
  const [verdict = '', to] = Object.entries(value)[0] ?? [];
  return to ? `${verdict} ${to.target}` : verdict;
}

function keyText(set: string, key: NftValue): string {
  if (typeof key === 'number') return hex32(key);
  if (typeof key === 'string') return set === 'ids' || set === 'open' || set === 'zones' ? `"${key}"` : partText(key);
  if ('elem' in key) return keyText(set, key.elem.val);
  if (!('concat' in key)) return partText(key);
  const [device = '', ...rest] = key.concat;
  return [`"${partText(device)}"`, ...rest.map(partText)].join(' . ');
}

/** Addresses as we write them, whoever wrote them; raw values in hexadecimal. */
function partText(part: NftValue): string {
  if (typeof part === 'number') return rawText(part);
  if (typeof part === 'string') return part.startsWith('0x') ? rawText(part) : (canonicalAddress(part) ?? part);
  if ('prefix' in part) {
    const address = canonicalAddress(part.prefix.addr) ?? part.prefix.addr;
    return `${address}/${part.prefix.len}`;
  }
  if ('range' in part) return rangeText(part.range);
  return JSON.stringify(part);
}

function rangeText([first, last]: readonly [string | number, string | number]): string {
  const [low, high] = [parseAddress(String(first)), parseAddress(String(last))];
  return (low && high && prefixText(low, high)) ?? `${partText(first)}-${partText(last)}`;
}

/** nft writes the prefix of all addresses as a range. */
function prefixText(low: Address, high: Address): string | undefined {
  const isAll = low.value === 0n && high.value === MAX_VALUE[low.family];
  if (isAll) return `${formatAddress(low)}/0`;
  return low.value === high.value ? `${formatAddress(low)}/${BITS[low.family]}` : undefined;
}

function rawText(value: string | number): string {
  return `0x${BigInt(value).toString(16)}`;
}
