import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { diffItems, sameJson } from '@netloom/core/delta/diff';
import { type Item, type Items, itemId, itemsOf, type Json } from '@netloom/core/delta/items';
import { type Prng, prng, seeds } from '../prng.ts';

const ORDER = ['bridge', 'vxlan', 'fdb'];
const SEEDS = seeds(1_000);

const item = (kind: string, key: string, spec: Json, owners: string[] = []): Item => ({ kind, key, spec, owners });

function randomItems(random: Prng): Items {
  const list: Item[] = [];
  for (let i = random.below(12); i > 0; i--) {
    list.push(item(random.pick(ORDER), random.pick(['a', 'b', 'c', 'd']), { mtu: random.below(2) }));
  }
  return itemsOf(random.shuffled(list));
}

test('the steps turn what is into what must be, touch nothing else, and removals come first', () => {
  for (const seed of SEEDS) {
    const random = prng(seed);
    const [desired, actual] = [randomItems(random), randomItems(random)];
    const steps = diffItems(desired, actual, ORDER);
    const result = new Map(actual);
    for (const step of steps) {
      const id = itemId(step.item);
      const found = result.get(id);
      if (step.action === 'remove') assert.ok(result.delete(id), `seed ${seed}`);
      else {
        if (step.action === 'create') assert.equal(found, undefined, `seed ${seed}`);
        else {
          assert.deepEqual(step.before, found, `seed ${seed}`);
          assert.notDeepEqual(step.item.spec, found?.spec, `seed ${seed}`);
        }
        result.set(id, step.item);
      }
    }
    assert.deepEqual(result, desired, `seed ${seed}`);
    assert.deepEqual(diffItems(desired, result, ORDER), [], `seed ${seed}`);
    const ranks = steps.map(({ action, item: { kind } }) =>
      action === 'remove' ? -1 - ORDER.indexOf(kind) : ORDER.indexOf(kind),
    );
    const removals = ranks.filter((rank) => rank < 0);
    assert.deepEqual(
      ranks,
      [...removals.toSorted((a, b) => a - b), ...ranks.filter((rank) => rank >= 0).toSorted((a, b) => a - b)],
      `seed ${seed}`,
    );
  }
});

test('the steps do not depend on the order in which items were listed', () => {
  for (const seed of SEEDS.slice(0, 200)) {
    const random = prng(seed);
    const [desired, actual] = [randomItems(random), randomItems(random)];
    const shuffled = (items: Items): Items => new Map(random.shuffled([...items]));
    assert.deepEqual(
      diffItems(shuffled(desired), shuffled(actual), ORDER),
      diffItems(desired, actual, ORDER),
      `seed ${seed}`,
    );
  }
});

test('owners do not make a difference, an unordered kind is an error', () => {
  const owned = (owner: string) => itemsOf([item('bridge', 'a', {}, [owner])]);
  assert.deepEqual(diffItems(owned('segments/1'), owned('segments/2'), ORDER), []);
  const strange = itemsOf([item('route', 'a', {}), item('route', 'b', {})]);
  assert.throws(() => diffItems(strange, new Map(), ORDER), /"route" is missing/);
});

test('two rows that need one thing both own it', () => {
  const items = itemsOf([item('bridge', 'a', 1, ['segments/2']), item('bridge', 'a', 1, ['segments/1', 'segments/2'])]);
  assert.deepEqual([...items.values()], [item('bridge', 'a', 1, ['segments/1', 'segments/2'])]);
});

test('JSON values are the same when node finds them deeply equal', () => {
  let same = 0;
  for (const seed of SEEDS) {
    const random = prng(seed);
    const a = randomJson(random, 3);
    const b = random.chance(0.5) ? reordered(a, random) : randomJson(random, 3);
    if (isDeepStrictEqual(a, b)) same++;
    assert.equal(sameJson(a, b), isDeepStrictEqual(a, b), `seed ${seed}: ${JSON.stringify([a, b])}`);
  }
  assert.ok(same > 100 || SEEDS.length === 1);
});

test('JSON values that look alike but are not', () => {
  const pairs: readonly (readonly [Json, Json])[] = [
    [[], {}],
    [null, {}],
    [0, false],
    ['1', 1],
    [{ a: null }, {}],
    [{ a: null }, { b: null }],
    [['a'], { 0: 'a' }],
    [
      [1, 2],
      [2, 1],
    ],
    [{ toString: 1 }, { a: 1 }],
  ];
  for (const [a, b] of pairs) {
    assert.equal(sameJson(a, b), false, JSON.stringify([a, b]));
    assert.equal(sameJson(b, a), false, JSON.stringify([b, a]));
  }
});

function randomJson(random: Prng, depth: number): Json {
  const leaf = (): Json => random.pick<Json>([null, true, false, 0, 1, '', 'a']);
  if (depth === 0 || random.chance(0.3)) return leaf();
  const size = random.below(3);
  if (random.chance(0.5)) return Array.from({ length: size }, () => randomJson(random, depth - 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [random.pick(['a', 'b', 'c']), randomJson(random, depth - 1)]),
  );
}

/** The same value with object keys in another order. */
function reordered(value: Json, random: Prng): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((one: Json) => reordered(one, random));
  return Object.fromEntries(
    random.shuffled(Object.entries(value)).map(([key, one]) => [key, reordered(one as Json, random)]),
  );
}
