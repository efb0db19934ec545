import { BITS } from '@netloom/core/net/address';
import { illegalBounds } from './pool-errors.ts';

/** Lengths of the prefixes that a pool gives: the shortest, the longest, and that of who names none. */
export interface Bounds {
  readonly min_prefixlen: number;
  readonly max_prefixlen: number;
  readonly default_prefixlen: number;
}

const USUAL_SHORTEST = { 4: 8, 6: 64 } as const;

/** The bounds of a pool of which some are given. Throws 400 when they do not fit. */
export function settleBounds(family: 4 | 6, given: Partial<Record<keyof Bounds, number | undefined>>): Bounds {
  const min = given.min_prefixlen ?? USUAL_SHORTEST[family];
  const max = given.max_prefixlen ?? BITS[family];
  const usual = given.default_prefixlen ?? min;
  if (min > max) throw illegalBounds(`min_prefixlen=${min}`, `max_prefixlen=${max}`);
  if (max > BITS[family]) throw illegalBounds(`max_prefixlen=${max}`, `ip_version_max=${BITS[family]}`);
  if (usual < min) throw illegalBounds(`default_prefixlen=${usual}`, `min_prefixlen=${min}`);
  if (usual > max) throw illegalBounds(`default_prefixlen=${usual}`, `max_prefixlen=${max}`);
  return { min_prefixlen: min, max_prefixlen: max, default_prefixlen: usual };
}
