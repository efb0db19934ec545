import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable, Store } from '../../src/store/store.ts';
import { addHost, patience, type StoreUnderTest, take, writeHost } from './store-under-test.ts';

export function transactionConformance(open: (t: TestContext) => Promise<StoreUnderTest>): void {
  describe('transaction', () => {
    test('rows and log appear together, under one revision', async (t) => {
      const { store } = await open(t);
      const { value, revision } = await store.transaction(async (tx) => {
        await addHost(tx, 'h1', '192.0.2.1');
        await addHost(tx, 'h2', '2001:DB8:0:0::1');
        return 'done';
      });
      assert.equal(value, 'done');
      const [batch] = await take(store.feed(0, patience()), 1);
      assert.deepEqual(batch, {
        revision,
        changes: [
          { kind: 'host', id: 'h1', object: { name: 'h1', vtep: '192.0.2.1' } },
          { kind: 'host', id: 'h2', object: { name: 'h2', vtep: '2001:db8::1' } },
        ],
      });
      assert.deepEqual((await store.snapshot()).hosts.map((host) => host.name).sort(), ['h1', 'h2']);
    });

    test('what is thrown rolls everything back and is thrown on', async (t) => {
      const { store } = await open(t);
      const before = await store.snapshot();
      const mine = new Error('mine');
      const failing = store.transaction(async (tx) => {
        await addHost(tx, 'h1');
        throw mine;
      });
      await assert.rejects(failing, (error) => error === mine);
      assert.deepEqual(await store.snapshot(), before);
      const revision = await writeHost(store, 'h2');
      assert.deepEqual(
        (await take(store.feed(0, patience()), 1)).map((batch) => batch.revision),
        [revision],
      );
    });

    test('a constraint that fails comes through as the database says it, also one that is checked at the end', async (t) => {
      const { store } = await open(t);
      await writeHost(store, 'h1');
      await assert.rejects(writeHost(store, 'h1'), { code: '23505', constraint: 'hosts_pkey' });
      await store.query('CREATE TABLE late (name text REFERENCES hosts DEFERRABLE INITIALLY DEFERRED)');
      const late = store.transaction((tx) => tx.query('INSERT INTO late VALUES ($1)', ['nobody']));
      await assert.rejects(late, { code: '23503' });
      assert.deepEqual(await store.query('SELECT * FROM late'), []);
    });

    test('an error that the work swallowed cannot commit half of it', async (t) => {
      const { store } = await open(t);
      const half = store.transaction(async (tx) => {
        await addHost(tx, 'h1');
        await tx.query('SELECT 1 / 0').catch(() => undefined);
      });
      await assert.rejects(half, { code: '25P02' });
      assert.deepEqual((await store.snapshot()).hosts, []);
    });

    test('a straggler of the work cannot write after the end', async (t) => {
      const { store } = await open(t);
      let escaped: Queryable | undefined;
      await store.transaction(async (tx) => {
        escaped = tx;
      });
      await assert.rejects(async () => escaped && addHost(escaped, 'h1'), /after the end/);
    });

    test('revision is null when nothing was logged', async (t) => {
      const { store } = await open(t);
      await writeHost(store, 'h1');
      const quiet = [
        (tx: Queryable) => tx.query('SELECT 1'),
        (tx: Queryable) => tx.query(`UPDATE hosts SET last_seen_at = now(), applied_revision = 7, connected_to = 'c'`),
        (tx: Queryable) => tx.query(`DELETE FROM hosts WHERE name = 'other'`),
      ];
      for (const work of quiet) assert.equal((await store.transaction(work)).revision, null);
      const loud = await store.transaction((tx) => tx.query(`UPDATE hosts SET vtep = '192.0.2.9'`));
      assert.ok(loud.revision !== null);
    });

    test('an object is logged once, as it is in the end', async (t) => {
      const { store } = await open(t);
      await writeHost(store, 'h1');
      const { revision } = await store.transaction(async (tx) => {
        await addHost(tx, 'h2');
        await addHost(tx, 'h3');
        await tx.query(`UPDATE hosts SET vtep = '192.0.2.2' WHERE name = 'h2'`);
        await tx.query(`UPDATE hosts SET vtep = '192.0.2.3' WHERE name = 'h2'`);
        await tx.query(`DELETE FROM hosts WHERE name = 'h3'`);
        await tx.query(`UPDATE hosts SET name = 'h4' WHERE name = 'h1'`);
      });
      const [, batch] = await take(store.feed(0, patience()), 2);
      assert.deepEqual(batch, {
        revision,
        changes: [
          { kind: 'host', id: 'h1', object: null },
          { kind: 'host', id: 'h2', object: { name: 'h2', vtep: '192.0.2.3' } },
          { kind: 'host', id: 'h3', object: null },
          { kind: 'host', id: 'h4', object: { name: 'h4', vtep: null } },
        ],
      });
    });

    test('who commits first comes first, whoever wrote first', async (t) => {
      const { store, other } = await open(t);
      const wrote = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      const slow = store.transaction(async (tx) => {
        await addHost(tx, 'slow');
        wrote.resolve();
        await finish.promise;
      });
      await wrote.promise;
      const fast = await writeHost(other, 'fast');
      const [first] = await take(store.feed(0, patience()), 1);
      assert.equal(first?.changes[0]?.id, 'fast');
      finish.resolve();
      const { revision } = await slow;
      assert.ok(revision !== null && revision > fast);
      const [second] = await take(store.feed(fast, patience()), 1);
      assert.equal(second?.changes[0]?.id, 'slow');
    });

    test('a deadlock is solved by doing one again', async (t) => {
      const { store } = await open(t);
      await store.transaction((tx) => Promise.all(['h1', 'h2'].map((name) => addHost(tx, name))));
      let runs = 0;
      const both = (names: string[]) =>
        store.transaction(async (tx) => {
          runs++;
          for (const name of names) {
            await tx.query('UPDATE hosts SET key_serial = key_serial + 1 WHERE name = $1', [name]);
            await sleep(100);
          }
        });
      await Promise.all([both(['h1', 'h2']), both(['h2', 'h1'])]);
      assert.equal(runs, 3);
      assert.deepEqual(await store.query('SELECT key_serial FROM hosts'), [{ key_serial: 3 }, { key_serial: 3 }]);
    });

    test('a connection lost before the commit is no loss', async (t) => {
      const { store, cut } = await open(t);
      let runs = 0;
      await store.transaction(async (tx) => {
        await addHost(tx, 'h1');
        if (runs++ === 0) await cut();
      });
      assert.equal(runs, 2);
      assert.equal((await store.snapshot()).hosts.length, 1);
    });

    test('a connection lost during the commit is told, not tried again', async (t) => {
      const { store, other, cut } = await open(t);
      const held = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const holder = other.transaction(async (tx) => {
        await tx.query('SELECT change_revision()');
        held.resolve();
        await release.promise;
      });
      holder.catch(() => undefined);
      await held.promise;
      let runs = 0;
      const blocked = store.transaction(async (tx) => {
        runs++;
        await addHost(tx, 'h1');
      });
      const told = assert.rejects(blocked, { code: 'COMMIT_UNKNOWN' });
      await untilSomebodyWaits(other);
      await cut();
      release.resolve();
      await told;
      assert.equal(runs, 1);
      await holder.catch(() => undefined);
    });
  });
}

/** Until a session of the database waits for a lock that another one holds. */
async function untilSomebodyWaits(store: Store): Promise<void> {
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  for (const deadline = Date.now() + 20_000; (await store.query(waiting)).length === 0; await sleep(10)) {
    assert.ok(Date.now() < deadline, 'nobody waits');
  }
}
