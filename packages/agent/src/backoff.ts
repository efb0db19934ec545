/** Milliseconds: the first wait, and the one that no wait exceeds. */
export interface Backoff {
  readonly first: number;
  readonly longest: number;
}

/**
 * How long to wait before the next try after `failures` in a row (1 or more): doubling, and a random half of it taken off
 * so that a thousand agents that failed together do not come back together. `random` is from 0 to 1.
 */
export function backoffDelay(failures: number, backoff: Backoff, random: number = Math.random()): number {
  const whole = Math.min(backoff.longest, backoff.first * 2 ** Math.min(failures - 1, 30));
  return whole * (1 - random / 2);
}
