import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { addOneOfEach, PORT, patience, replay, type StoreUnderTest, sorted, take } from './store-under-test.ts';

const LOG = '00000000-0000-4000-8000-000000000031';

export function logConformance(open: (t: TestContext) => Promise<StoreUnderTest>): void {
  describe('logs', () => {
    test('are in snapshot and feed, but for what the compiler does not read', async (t) => {
      const { store } = await open(t);
      await store.transaction(addOneOfEach);
      const start = await store.snapshot();
      await store.transaction((tx) =>
        tx.query(
          `INSERT INTO logs (id, project_id, resource_type, event, target_id) VALUES ($1, 'p', 'security_group', 'DROP', $2)`,
          [LOG, PORT],
        ),
      );
      const made = await store.snapshot();
      const log = { id: LOG, projectId: 'p', enabled: true, event: 'DROP', groupId: null, portId: PORT };
      assert.deepEqual(made.logs, [log]);
      const renamed = await store.transaction((tx) => tx.query(`UPDATE logs SET name = 'n', revision_number = 3`));
      assert.equal(renamed.revision, null);
      await store.transaction((tx) => tx.query('UPDATE logs SET enabled = false'));
      const off = await store.snapshot();
      assert.deepEqual(off.logs, [{ ...log, enabled: false }]);
      assert.deepEqual(replay(start, await take(store.feed(start.revision, patience()), 2)), sorted(off));
      await store.transaction((tx) => tx.query('DELETE FROM ports'));
      assert.deepEqual((await store.snapshot()).logs, [], 'it goes with its port');
      const [gone] = await take(store.feed(off.revision, patience()), 1);
      assert.ok(gone?.changes.some(({ kind, id, object }) => kind === 'log' && id === LOG && object === null));
    });
  });
}
