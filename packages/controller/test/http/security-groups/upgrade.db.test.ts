import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { migrate, readMigrations } from '../../../src/store/migrate.ts';
import { connectionConfig } from '../../../src/store/pg-connection.ts';
import { emptyDatabase } from '../../support/database.ts';

const OURS = 20;

test('ports of before are secured by the default group of their project, services of the network by none', async (t) => {
  const url = await emptyDatabase(t);
  const migrations = await readMigrations();
  await migrate(
    url,
    migrations.filter(({ number }) => number < OURS),
  );
  const store = new pg.Client(connectionConfig(url));
  await store.connect();
  await store.query(`INSERT INTO networks (project_id, mtu, vni) VALUES ('blue', 1450, 7)`);
  await store.query(
    `INSERT INTO ports (project_id, network_id, mac_address, device_owner)
 SELECT project, n.id, 'fa:16:3e:00:00:0' || i, owner FROM networks n,
 (VALUES ('blue', 1, ''), ('blue', 2, 'compute:nova'), ('red', 3, ''), ('blue', 4, 'network:dhcp')) AS p (project, i, owner)`,
  );
  await migrate(
    url,
    migrations.filter(({ number }) => number <= OURS),
  );
  const { rows } = await store.query(
    `SELECT p.port_security_enabled AS secured, g.project_id, g.is_default, count(b.*)::int AS bound FROM ports p
 LEFT JOIN security_groups g ON ARRAY[g.id] = p.security_groups LEFT JOIN port_security_groups b ON b.port_id = p.id
 GROUP BY p.id, g.id ORDER BY p.mac_address`,
  );
  await store.end();
  assert.deepEqual(rows, [
    { secured: true, project_id: 'blue', is_default: true, bound: 1 },
    { secured: true, project_id: 'blue', is_default: true, bound: 1 },
    { secured: true, project_id: 'red', is_default: true, bound: 1 },
    { secured: false, project_id: null, is_default: null, bound: 0 },
  ]);
});
