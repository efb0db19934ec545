import { formatAddress } from '@netloom/core/net/address';
import { formatPrefix, type Prefix } from '@netloom/core/net/prefix';
import { type Range, rangeHolds, rangesOverlap, subtractRanges } from '@netloom/core/net/range';
import type { PoolText } from '../http/resource/address-types.ts';
import { gatewayInPool, invalidPool, overlappingPools, poolOutOfBounds } from './ipam-errors.ts';
import { hostRange, knownAddress } from './ipam-subnet.ts';

/** The pools of a subnet that asks for none: all its addresses without the gateway's. */
export function defaultPools(prefix: Prefix, gateway: string | null): PoolText[] {
  const taken = gateway === null ? [] : [knownAddress(gateway)].filter((one) => one.family === prefix.family);
  const ranges = subtractRanges(
    hostRange(prefix),
    taken.map(({ value }) => ({ first: value, last: value })),
  );
  return ranges.map((range) => poolText(prefix, range));
}

/** Checks pools that a client asked for. Throws when one is no range, lies outside, overlaps another, or holds the gateway. */
export function checkPools(prefix: Prefix, pools: readonly PoolText[], gateway: string | null): Range[] {
  const cidr = formatPrefix(prefix);
  const bounds = hostRange(prefix);
  const ranges = pools.map((pool) => {
    const start = knownAddress(pool.start);
    const end = knownAddress(pool.end);
    const text = `${pool.start}-${pool.end}`;
    if (start.family !== prefix.family || end.family !== prefix.family || start.value > end.value)
      throw invalidPool(text);
    if (start.value < bounds.first || end.value > bounds.last) throw poolOutOfBounds(text, cidr);
    return { first: start.value, last: end.value, text };
  });
  // In order of address each pool can only overlap the next one.
  const sorted = ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1));
  for (const [i, range] of sorted.entries()) {
    const next = sorted[i + 1];
    if (next && rangesOverlap(range, next)) throw overlappingPools([range.text, next.text], cidr);
  }
  checkGateway(prefix, ranges, gateway);
  return ranges;
}

/** A gateway that automatic allocation could give to a port is a conflict. */
export function checkGateway(prefix: Prefix, pools: readonly Range[], gateway: string | null): void {
  const address = gateway === null ? undefined : knownAddress(gateway);
  if (address === undefined || address.family !== prefix.family) return;
  const holding = pools.find((pool) => rangeHolds(pool, address.value));
  if (holding === undefined) return;
  const { start, end } = poolText(prefix, holding);
  throw gatewayInPool(formatAddress(address), `${start}-${end}`);
}

function poolText({ family }: Prefix, { first, last }: Range): PoolText {
  return { start: formatAddress({ family, value: first }), end: formatAddress({ family, value: last }) };
}
