import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { openStore } from '../../src/store/postgres-store.ts';
import { databaseFolder } from '../support/database.ts';

const ROUNDS = Number(process.env['NETLOOM_CRASH_ROUNDS'] ?? 2);
const WRITES = 1000;
const CLIENTS = 8;

/** Kills the server and all its children at once: nothing gets to say goodbye. */
async function killServer({ pid }: EmbeddedPostgres): Promise<void> {
  const family = [pid];
  for (const entry of await readdir('/proc')) {
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    if (stat.split(') ')[1]?.split(' ')[1] === String(pid)) family.push(Number(entry));
  }
  for (const member of family) {
    try {
      process.kill(member, 'SIGKILL');
    } catch {
      // Ended by itself.
    }
  }
}

test(`no acknowledged write is lost when the database is killed (${ROUNDS} rounds)`, async (t) => {
  const server = await startEmbeddedPostgres({ dataFolder: databaseFolder(t) });
  t.after(() => server.stop());
  const store = await openStore({ url: server.url });
  t.after(() => store.close());

  for (let round = 0; round < ROUNDS; round++) {
    const { revision: start } = await store.snapshot();
    const acknowledged = new Map<string, number>();
    let unknown = 0;
    let next = 0;
    const client = async () => {
      while (next < WRITES) {
        const name = `host-${round}-${next++}`;
        const write = store.transaction((tx) =>
          tx.query('INSERT INTO hosts (name, driver) VALUES ($1, $2)', [name, 'bridge']),
        );
        const outcome = await write.catch((error: Error & { code: string }) => {
          assert.ok(['COMMIT_UNKNOWN', 'DATABASE_UNREACHABLE'].includes(error.code), error.message);
          unknown++;
        });
        if (outcome) acknowledged.set(name, outcome.revision ?? 0);
      }
    };
    const writing = Promise.all(Array.from({ length: CLIENTS }, client));
    await sleep(50 + Math.random() * 250);
    const before = acknowledged.size;
    assert.ok(before < WRITES, 'the writes were over before the kill');
    await killServer(server);
    await writing;

    const kept = await store.query<{ name: string }>('SELECT name FROM hosts');
    assert.deepEqual(new Set(acknowledged.keys()).difference(new Set(kept.map((row) => row.name))), new Set());
    const { revision: end } = await store.snapshot();
    const logged = new Map<string, number>();
    for await (const { revision, changes } of store.feed(start, AbortSignal.timeout(20_000))) {
      for (const change of changes) logged.set(change.id, revision);
      if (revision === end) break;
    }
    for (const [name, revision] of acknowledged) assert.equal(logged.get(name), revision);
    // What was neither acknowledged nor refused is there whole or not at all.
    assert.equal(kept.filter((row) => row.name.startsWith(`host-${round}-`)).length, logged.size);
    t.diagnostic(`${before} writes acknowledged before the kill, ${acknowledged.size} in all, ${unknown} unknown`);
  }
});
