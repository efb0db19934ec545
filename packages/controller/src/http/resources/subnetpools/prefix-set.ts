import { BITS } from '@netloom/core/net/address';
import { lastOf, type Prefix } from '@netloom/core/net/prefix';
import { type Range, subtractRanges } from '@netloom/core/net/range';

/*
 * Sets of addresses of one family, as prefixes: apart from each other, ascending, and as few as possible.
 */

/** The prefixes that hold just the addresses of these. */
export function compactPrefixes(prefixes: readonly Prefix[]): Prefix[] {
  const [first] = prefixes;
  return first === undefined ? [] : fromRanges(joinRanges(prefixes.map(rangeOf)), first.family);
}

/** The addresses of `whole` that are not in `taken`. */
export function subtractPrefixes(whole: readonly Prefix[], taken: readonly Prefix[]): Prefix[] {
  const [first] = whole;
  if (first === undefined) return [];
  const ranges = taken.map(rangeOf);
  return fromRanges(
    joinRanges(whole.map(rangeOf)).flatMap((range) => subtractRanges(range, ranges)),
    first.family,
  );
}

/** The addresses that are in both. */
export function sharedPrefixes(some: readonly Prefix[], others: readonly Prefix[]): Prefix[] {
  return subtractPrefixes(some, subtractPrefixes(some, others));
}

function rangeOf(prefix: Prefix): Range {
  return { first: prefix.first, last: lastOf(prefix) };
}

function joinRanges(ranges: readonly Range[]): Range[] {
  const joined: Range[] = [];
  for (const range of ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    const before = joined.at(-1);
    if (before === undefined || range.first > before.last + 1n) joined.push(range);
    else if (range.last > before.last) joined[joined.length - 1] = { first: before.first, last: range.last };
  }
  return joined;
}

function fromRanges(ranges: readonly Range[], family: 4 | 6): Prefix[] {
  const prefixes: Prefix[] = [];
  for (const range of ranges) {
    for (let { first } = range; first <= range.last; ) {
      const prefix = largestAt(first, range.last, family);
      prefixes.push(prefix);
      first = lastOf(prefix) + 1n;
    }
  }
  return prefixes;
}

/** The largest prefix that begins at `first` and ends at `last` at the latest. */
function largestAt(first: bigint, last: bigint, family: 4 | 6): Prefix {
  let length: number = BITS[family];
  while (length > 0) {
    const size = 1n << BigInt(BITS[family] - length + 1);
    if (first % size !== 0n || first + size - 1n > last) break;
    length--;
  }
  return { family, first, length };
}
