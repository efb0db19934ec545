const ODD = [
  null,
  true,
  0,
  -1,
  1e300,
  '',
  'x',
  '\0',
  '\ud800',
  '💥'.repeat(300),
  [],
  {},
  [[]],
  { id: null },
  ['token'],
  ['password', 'token'],
];

const ODD_NAMES = ['id', '__proto__', 'constructor', 'token', 'system', '\0'];

/** Replaces, removes or adds something at a random place. */
export function mutate(value: unknown, random: () => number): unknown {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)];
  if (typeof value !== 'object' || value === null || random() < 0.1) return pick(ODD);
  const entries = Object.entries(value);
  const chosen = Math.floor(random() * entries.length);
  const dice = random();
  if (dice < 0.15) entries.splice(chosen, 1);
  else if (dice < 0.3) entries.push([pick(ODD_NAMES) ?? 'id', pick(ODD)]);
  else entries.splice(chosen, 1, [entries[chosen]?.[0] ?? 'id', mutate(entries[chosen]?.[1], random)]);
  return Object.fromEntries(entries);
}

/** Numbers in [0, 1) that are the same in each run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
