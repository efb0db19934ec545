import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import {
  closeSpace,
  giveBack,
  lockSubnets,
  openSpace,
  takeExact,
  takeMany,
  takeNext,
  VNI_SPACE,
} from '../../src/ipam/free-ranges.ts';
import type { Store } from '../../src/store/store.ts';
import { testDatabase } from '../support/database.ts';

const HIGHEST = (1n << 128n) - 1n;

async function takeAll(store: Store, space: string): Promise<bigint[]> {
  return takeMany(store, space, 10_000);
}

function numbers(first: number, last: number): bigint[] {
  return Array.from({ length: last - first + 1 }, (_, i) => BigInt(first + i));
}

function byValue(values: readonly bigint[]): bigint[] {
  return values.toSorted((a, b) => (a < b ? -1 : 1));
}

test('64 concurrent transactions get exactly the pool, and then nothing', async (t) => {
  const { store } = await testDatabase(t);
  for (const ranges of [[{ first: 2n, last: 254n }], numbers(2, 254).map((n) => ({ first: n, last: n }))]) {
    const space = randomUUID();
    await openSpace(store, space, ranges);
    const take = async () => (await store.transaction((tx) => takeNext(tx, space))).value;
    const creator = async (_: unknown, c: number) => {
      const taken: (bigint | undefined)[] = [];
      // 64 times 5 attempts on 253 numbers: 67 come too late.
      for (let i = 0; i < 5; i++) {
        taken.push(await take());
        // Some change their mind; what they had taken must not be lost.
        if ((c + i) % 8 === 0) {
          const undone = store.transaction(async (tx) => {
            await takeNext(tx, space);
            throw new Error('undone');
          });
          await assert.rejects(undone, /undone/);
        }
      }
      return taken;
    };
    const taken = (await Promise.all(Array.from({ length: 64 }, creator))).flat();
    assert.deepEqual(byValue(taken.filter((value) => value !== undefined)), numbers(2, 254));
    assert.equal(taken.filter((value) => value === undefined).length, 64 * 5 - 253);
  }
});

test('who waits for a range that is then used up looks further', async (t) => {
  const { store } = await testDatabase(t);
  await openSpace(store, 's', [
    { first: 1n, last: 1n },
    { first: 9n, last: 9n },
  ]);
  const held = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holder = store.transaction(async (tx) => {
    const value = await takeNext(tx, 's');
    held.resolve();
    await release.promise;
    return value;
  });
  await held.promise;
  const waiter = store.transaction((tx) => takeNext(tx, 's'));
  const exact = store.transaction((tx) => takeExact(tx, 's', 1n));
  setTimeout(() => release.resolve(), 100);
  assert.equal((await holder).value, 1n);
  assert.equal((await waiter).value, 9n);
  assert.equal((await exact).value, false);
});

test('freed numbers come back last, those freed first before those freed later', async (t) => {
  const { store } = await testDatabase(t);
  await openSpace(store, 's', [{ first: 1n, last: 6n }]);
  assert.deepEqual(await takeMany(store, 's', 4), [1n, 2n, 3n, 4n]);
  for (const value of [3n, 4n, 1n, 2n]) await giveBack(store, [{ space: 's', value }]);
  await giveBack(store, [{ space: 's', value: 1n }]);
  assert.deepEqual(await takeAll(store, 's'), [5n, 6n, 3n, 4n, 1n, 2n]);
  for (const value of numbers(1, 6)) await giveBack(store, [{ space: 's', value }]);
  assert.deepEqual(await store.query(`SELECT first, last FROM free_ranges WHERE space = 's'`), [
    { first: '1', last: '6' },
  ]);
});

test('numbers as large as IPv6 addresses', async (t) => {
  const { store } = await testDatabase(t);
  await openSpace(store, 's', [
    { first: HIGHEST - 2n, last: HIGHEST },
    { first: 1n << 100n, last: HIGHEST - 9n },
  ]);
  assert.equal(await takeExact(store, 's', HIGHEST), true);
  assert.equal(await takeExact(store, 's', HIGHEST), false);
  assert.deepEqual(await takeMany(store, 's', 3), [HIGHEST - 2n, HIGHEST - 1n, 1n << 100n]);
  await giveBack(store, [{ space: 's', value: HIGHEST }]);
  assert.equal(await takeExact(store, 's', HIGHEST), true);
});

test('agrees with a plain list over many random steps', async (t) => {
  const { store } = await testDatabase(t);
  await openSpace(store, 's', [{ first: 1n, last: 40n }]);
  let free = numbers(1, 40);
  for (let step = 0; step < 600; step++) {
    const value = BigInt(1 + Math.floor(Math.random() * 42));
    const dice = Math.random();
    if (dice < 0.3) assert.equal(await takeNext(store, 's'), free.shift());
    else if (dice < 0.35) assert.deepEqual(await takeMany(store, 's', 3), free.splice(0, 3));
    else if (dice < 0.6) {
      assert.equal(await takeExact(store, 's', value), free.includes(value));
      free = free.filter((other) => other !== value);
    } else if (value <= 40n) {
      await giveBack(store, [{ space: 's', value }]);
      if (!free.includes(value)) free.push(value);
    }
  }
  assert.deepEqual(await takeAll(store, 's'), free);
});

test('spaces are apart, open without overlap, and close', async (t) => {
  const { store } = await testDatabase(t);
  await openSpace(store, 'a', [{ first: 1n, last: 9n }]);
  await openSpace(store, 'b', [{ first: 1n, last: 9n }]);
  await assert.rejects(openSpace(store, 'a', [{ first: 9n, last: 12n }]), /free already/);
  await closeSpace(store, 'a');
  assert.equal(await takeNext(store, 'a'), undefined);
  assert.equal(await takeNext(store, 'b'), 1n);
  assert.equal(await takeNext(store, VNI_SPACE), 1n);
  assert.equal(await takeExact(store, VNI_SPACE, 16_777_215n), true);
  assert.equal(await takeExact(store, VNI_SPACE, 16_777_216n), false);
});

test('transactions over several subnets never lock each other out', async (t) => {
  const { store } = await testDatabase(t);
  const [network] = await store.query<{ id: string }>(
    `INSERT INTO networks (project_id, mtu, vni) VALUES ('p', 1450, 1) RETURNING id`,
  );
  const subnets: string[] = [];
  for (let i = 0; i < 4; i++) {
    const [subnet] = await store.query<{ id: string }>(
      `INSERT INTO subnets (project_id, network_id, ip_version, cidr) VALUES ('p', $1, 4, $2) RETURNING id`,
      [network?.id, `10.0.${i}.0/24`],
    );
    subnets.push(subnet?.id ?? '');
    await openSpace(store, subnet?.id ?? '', [{ first: 1n, last: 1000n }]);
  }
  let runs = 0;
  const work = () => {
    const mine = subnets.toSorted(() => Math.random() - 0.5).slice(0, 3);
    return store.transaction(async (tx) => {
      runs++;
      assert.equal((await lockSubnets(tx, [...mine, randomUUID()])).size, 3);
      for (const subnet of mine) await takeNext(tx, subnet);
    });
  };
  await Promise.all(Array.from({ length: 150 }, work));
  assert.equal(runs, 150);
});
