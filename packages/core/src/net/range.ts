/** An inclusive run of numbers (addresses of one family, VNIs). */
export interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

export function rangesOverlap(a: Range, b: Range): boolean {
  return a.first <= b.last && b.first <= a.last;
}

export function rangeHolds(range: Range, value: bigint): boolean {
  return value >= range.first && value <= range.last;
}

/** What is left of `whole` without the `taken` ranges, in ascending order. `taken` may overlap and need no order. */
export function subtractRanges(whole: Range, taken: readonly Range[]): Range[] {
  const left: Range[] = [];
  let next = whole.first;
  for (const range of [...taken].sort((a, b) => (a.first < b.first ? -1 : 1))) {
    if (range.last < next || range.first > whole.last) continue;
    if (range.first > next) left.push({ first: next, last: range.first - 1n });
    next = range.last + 1n;
  }
  if (next <= whole.last) left.push({ first: next, last: whole.last });
  return left;
}
