import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeBatch } from '../../src/store/store.ts';
import { trimHistory } from '../../src/store/trim-history.ts';
import { EMPTY, patience, replay, type StoreUnderTest, sorted, take, writeHost } from './store-under-test.ts';

export function feedConformance(open: (t: TestContext) => Promise<StoreUnderTest>): void {
  describe('feed', () => {
    test('many writers, readers that stop and go on: nothing missing, nothing twice, all in order', async (t) => {
      const { store, other } = await open(t);
      const start = await store.snapshot();
      const acknowledged: number[] = [];
      const writers = Array.from({ length: 16 }, async (_, w) => {
        let last = 0;
        for (let i = 0; i < 25; i++) {
          const revision = await writeHost(w % 2 ? store : other, `h-${w}-${i}`);
          assert.ok(revision > last);
          last = revision;
          acknowledged.push(revision);
        }
      });
      const steady = take(other.feed(start.revision, patience()), 400);
      const restarted: ChangeBatch[] = [];
      while (restarted.length < 400) {
        const count = Math.min(1 + Math.floor(Math.random() * 30), 400 - restarted.length);
        const reader = Math.random() < 0.5 ? store : other;
        const more = await take(reader.feed(restarted.at(-1)?.revision ?? start.revision, patience()), count);
        assert.equal(more.length, count, 'a batch is missing');
        restarted.push(...more);
      }
      await Promise.all(writers);
      const inOrder = acknowledged.toSorted((a, b) => a - b);
      assert.deepEqual(
        restarted.map((batch) => batch.revision),
        inOrder,
      );
      assert.deepEqual(await steady, restarted);
      assert.deepEqual(replay(start, restarted), sorted(await store.snapshot()));
    });

    test('goes on over lost connections, while others write', async (t) => {
      const { store, other, cut } = await open(t);
      const seen: ChangeBatch[] = [];
      const stop = new AbortController();
      const reading = (async () => {
        for await (const batch of store.feed(0, stop.signal)) seen.push(batch);
      })();
      const acknowledged: number[] = [];
      for (let i = 0; i < 60; i++) {
        if (i % 15 === 7) await cut();
        // Whether a write got through whose connection was cut is not known; the feed will say.
        const revision = await writeHost(other, `h-${i}`).catch(() => undefined);
        if (revision !== undefined) acknowledged.push(revision);
      }
      assert.ok(acknowledged.length >= 50);
      const { revision: newest } = await other.snapshot();
      for (const end = Date.now() + 15_000; seen.at(-1)?.revision !== newest && Date.now() < end; ) await sleep(10);
      stop.abort();
      await reading;
      const revisions = seen.map((batch) => batch.revision);
      assert.deepEqual(
        revisions,
        [...new Set(revisions)].sort((a, b) => a - b),
      );
      assert.deepEqual(new Set(acknowledged).difference(new Set(revisions)), new Set());
      assert.deepEqual(replay(EMPTY, seen), sorted(await store.snapshot()));
    });

    test('a batch is whole, however large', async (t) => {
      const { store } = await open(t);
      await writeHost(store, 'first');
      await store.transaction((tx) =>
        tx.query(`INSERT INTO hosts (name, driver) SELECT 'h' || n, 'bridge' FROM generate_series(1, 2500) n`),
      );
      await writeHost(store, 'last');
      const sizes = (await take(store.feed(0, patience()), 3)).map((batch) => batch.changes.length);
      assert.deepEqual(sizes, [1, 2500, 1]);
    });

    test('says when history is gone: trimmed, or never there', async (t) => {
      const { store, other } = await open(t);
      const revisions: number[] = [];
      for (let i = 0; i < 10; i++) revisions.push(await writeHost(store, `h${i}`));
      assert.equal(await trimHistory(store, 3), 7);
      assert.equal(await trimHistory(store, 3), 0);
      await assert.rejects(take(store.feed(0, patience()), 1), { code: 'HISTORY_GONE' });
      await assert.rejects(take(store.feed(revisions[5] ?? 0, patience()), 1), { code: 'HISTORY_GONE' });
      await assert.rejects(take(store.feed((revisions[9] ?? 0) + 1, patience()), 1), { code: 'HISTORY_GONE' });
      const kept = await take(store.feed(revisions[6] ?? 0, patience()), 3);
      assert.deepEqual(
        kept.map((batch) => batch.revision),
        revisions.slice(7),
      );
      await trimHistory(store, 1);
      const { revision } = await store.snapshot();
      assert.equal(revision, revisions[9]);
      const next = take(store.feed(revision, patience()), 1);
      const written = await writeHost(other, 'next');
      assert.deepEqual(
        (await next).map((batch) => batch.revision),
        [written],
      );
    });

    test('says so also to a reader that falls behind while it reads', async (t) => {
      const { store } = await open(t);
      for (let i = 0; i < 3; i++) {
        await store.transaction((tx) =>
          tx.query(`INSERT INTO hosts (name, driver) SELECT $1::text || n, 'bridge' FROM generate_series(1, 600) n`, [
            `${i}-`,
          ]),
        );
      }
      let read = 0;
      const slow = async () => {
        for await (const batch of store.feed(0, patience())) {
          read += batch.changes.length;
          await trimHistory(store, 1);
          await writeHost(store, `after-${batch.revision}`);
          await trimHistory(store, 1);
        }
      };
      await assert.rejects(slow, { code: 'HISTORY_GONE' });
      assert.equal(read, 1200);
    });

    test('ends when it is told to, and when the store is closed', async (t) => {
      const { store, other } = await open(t);
      const stop = new AbortController();
      const told = take(store.feed(0, stop.signal), 1);
      const closed = take(other.feed(0, patience()), 1);
      await sleep(50);
      stop.abort();
      assert.deepEqual(await told, []);
      await other.close();
      assert.deepEqual(await closed, []);
      await assert.rejects(other.query('SELECT 1'), { code: 'STORE_CLOSED' });
    });
  });
}
