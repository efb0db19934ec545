import pg from 'pg';
import { openStore } from '../../src/store/postgres-store.ts';
import { testDatabase } from '../support/database.ts';
import { storeConformance } from './store-conformance.ts';

storeConformance(async (t) => {
  const { store, url } = await testDatabase(t);
  const other = await openStore({ url });
  t.after(() => other.close());
  return {
    store,
    other,
    async cut() {
      const client = new pg.Client(url);
      await client.connect();
      // Those that wait go first: else the end of one that holds a lock lets another commit before it is its turn.
      const others = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
 ORDER BY wait_event_type = 'Lock' DESC NULLS LAST`;
      await client.query(`SELECT pg_terminate_backend(pid, 5000) FROM (${others}) AS sessions`);
      await client.end();
    },
  };
});
