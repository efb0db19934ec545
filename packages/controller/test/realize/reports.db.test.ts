import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryTarget } from '@netloom/drivers/memory';
import { assertDone, openWorld, until, type World } from './world.ts';

async function statusOf(world: World, port: string): Promise<string | undefined> {
  const [row] = await world.store.query<{ status: string }>('SELECT status FROM ports WHERE id = $1', [port]);
  return row?.status;
}

const rowsOf = (world: World) =>
  world.store.query<{ id: string; state: string; message: string }>(
    'SELECT object_id AS id, state, message FROM host_statuses ORDER BY 1',
  );

test('a port is ACTIVE once its host has it, and none of that is a change of the model', async (t) => {
  const world = await openWorld(t);
  await world.addHost('h1');
  await world.addHost('h2');
  const hub = await world.openHub();
  const target = memoryTarget();
  target.plugged = new Set();
  world.startAgent('h1', hub.addresses, target);
  world.startAgent('h2', hub.addresses);
  await until('connected', () => hub.isConnected('h1') && hub.isConnected('h2'));
  const port = await world.addPort(await world.addNetwork(), 'h1');
  await until('applied', async () => (await rowsOf(world)).length === 1);
  const [row] = await rowsOf(world);
  assert.deepEqual([row?.id, row?.state], [port, 'pending']);
  assert.equal(await statusOf(world, port), 'DOWN');
  await assertDone(hub, hub.revision);

  const before = hub.revision;
  target.plug(`tap${port.slice(0, 11)}`);
  await until('ACTIVE', async () => (await statusOf(world, port)) === 'ACTIVE');
  assert.deepEqual(await rowsOf(world), []);

  await world.change((tx) => tx.query('UPDATE ports SET admin_state_up = false WHERE id = $1', [port]));
  await until('DOWN', async () => (await statusOf(world, port)) === 'DOWN');
  await world.change((tx) => tx.query('UPDATE ports SET admin_state_up = true WHERE id = $1', [port]));
  await until('ACTIVE', async () => (await statusOf(world, port)) === 'ACTIVE');
  await world.change((tx) => tx.query(`UPDATE ports SET host = 'h2' WHERE id = $1`, [port]));
  await until('it moved', () => hub.loom.hostOfPort(port) === 'h2' && hub.revision === before + 3);
  await assertDone(hub, hub.revision);
  assert.equal(await statusOf(world, port), 'ACTIVE', 'the host it left does not speak for it');
  await world.change((tx) => tx.query(`UPDATE ports SET host = '' WHERE id = $1`, [port]));
  await until('DOWN', async () => (await statusOf(world, port)) === 'DOWN');
  const [{ revision } = { revision: 0 }] = await world.store.query<{ revision: number }>(
    'SELECT max(revision) AS revision FROM changes',
  );
  assert.equal(revision, before + 4, 'only the four changes above are logged');
});

test('a change of status together with others is a change of the model', async (t) => {
  const world = await openWorld(t);
  const port = await world.addPort(await world.addNetwork(), '');
  await world.change((tx) => tx.query(`UPDATE ports SET host = 'h1', status = 'ACTIVE' WHERE id = $1`, [port]));
  const { revision } = await world.store.transaction((tx) =>
    tx.query(`UPDATE ports SET status = 'DOWN' WHERE id = $1`, [port]),
  );
  assert.equal(revision, null);
});

test('an error is told with its code, makes the realization an error, and goes when it is mended', async (t) => {
  const world = await openWorld(t);
  await world.addHost('h1');
  const hub = await world.openHub();
  const network = await world.addNetwork();
  const target = memoryTarget();
  target.failures.set(`segments ${network}`, 'the kernel says no');
  world.startAgent('h1', hub.addresses, target);
  await until('connected', () => hub.isConnected('h1'));
  await world.addPort(network, 'h1');
  const revision = await world.change((tx) => tx.query(`UPDATE networks SET mtu = 1400 WHERE id = $1`, [network]));
  const wait = { milliseconds: 10_000, signal: new AbortController().signal };
  const realization = await hub.realizations.read(revision, wait);
  assert.deepEqual([realization.state, realization.hosts[0]?.state], ['error', 'error']);
  const [row] = await rowsOf(world);
  assert.match(row?.message ?? '', /^MEMORY_FAILURE: .*the kernel says no/);
  target.failures.clear();
  await until('mended', async () => (await rowsOf(world)).length === 0);
  assert.equal((await hub.realizations.read(revision)).state, 'done');
});

test('drift is repaired and becomes an event', async (t) => {
  const world = await openWorld(t);
  await world.addHost('h1');
  const hub = await world.openHub();
  const agent = world.startAgent('h1', hub.addresses);
  const network = await world.addNetwork();
  await world.addPort(network, 'h1');
  await until('there', () => agent.target.items.has(`segments ${network}`));
  agent.target.edit((items) => items.delete(`segments ${network}`));
  await until('repaired', () => agent.target.items.has(`segments ${network}`));
  const events = () => world.store.query<object>('SELECT host, object, found, repaired FROM events');
  await until('told', async () => (await events()).length > 0);
  assert.deepEqual(await events(), [{ host: 'h1', object: `segments ${network}`, found: 'missing', repaired: true }]);
});

test('statuses that came while the database was away are written when it is back', async (t) => {
  const world = await openWorld(t);
  await world.addHost('h1');
  const hub = await world.openHub();
  world.startAgent('h1', hub.addresses);
  await until('connected', () => hub.isConnected('h1'));
  const port = await world.addPort(await world.addNetwork(), 'h1');
  await world.store
    .query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    .catch(() => undefined);
  await until('ACTIVE', async () => (await statusOf(world, port).catch(() => '')) === 'ACTIVE');
});
