/** A seeded generator of random choices (mulberry32), so that a failure can be had again from its seed. */
export interface Prng {
  /** A whole number from 0 to `n` - 1. */
  below(n: number): number;
  pick<T>(list: readonly T[]): T;
  chance(probability: number): boolean;
  shuffled<T>(list: readonly T[]): T[];
  /** A whole number of `bits` random bits. */
  bits(bits: number): bigint;
}

export function prng(seed: number): Prng {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    below,
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new Error('nothing to pick from');
      return list[below(list.length)] as T;
    },
    chance: (probability) => next() < probability,
    shuffled<T>(list: readonly T[]): T[] {
      const result = [...list];
      for (let i = result.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [result[i], result[j]] = [result[j] as T, result[i] as T];
      }
      return result;
    },
    bits(bits) {
      let value = 0n;
      for (let i = 0; i < bits; i += 16) value = (value << 16n) | BigInt(below(65_536));
      return value & ((1n << BigInt(bits)) - 1n);
    },
  };
}

/** Seeds for a property test: NETLOOM_SEED alone when set, else `count` fixed ones. */
export function seeds(count: number): number[] {
  const one = process.env['NETLOOM_SEED'];
  return one === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(one)];
}
