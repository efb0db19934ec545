import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Queryable, Store } from '../../src/store/store.ts';
import {
  assertDone,
  assertRealized,
  openCuttable,
  openWorld,
  randomMac,
  type TestAgent,
  until,
  type World,
} from './world.ts';

/** One random change of the model, always one that is logged. */
async function randomChange(world: World, networks: readonly string[], hosts: readonly string[]): Promise<number> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;
  const some = async (tx: Queryable, text: string, values: unknown[]) => {
    const rows = await tx.query<{ id: string }>(text, values);
    // Nothing to change: add a port instead.
    if (rows.length === 0)
      await tx.query(`INSERT INTO ports (project_id, network_id, mac_address, host) VALUES ('p', $1, $2, $3)`, [
        pick(networks),
        randomMac(),
        pick(hosts),
      ]);
  };
  const one = `id = (SELECT id FROM ports ORDER BY random() LIMIT 1)`;
  const changes: ((tx: Queryable) => Promise<unknown>)[] = [
    (tx) => some(tx, `SELECT 1 WHERE false AND $1 = ''`, ['']),
    (tx) => some(tx, `SELECT 1 WHERE false AND $1 = ''`, ['']),
    (tx) => some(tx, `UPDATE ports SET host = $1 WHERE ${one} RETURNING id`, [pick([...hosts, ''])]),
    (tx) =>
      some(tx, `UPDATE ports SET admin_state_up = NOT admin_state_up, name = $1 WHERE ${one} RETURNING id`, ['x']),
    (tx) => some(tx, `UPDATE ports SET mac_address = $1 WHERE ${one} RETURNING id`, [randomMac()]),
    (tx) => some(tx, `DELETE FROM ports WHERE ${one} AND $1 <> '' RETURNING id`, ['x']),
    (tx) => tx.query(`UPDATE networks SET admin_state_up = NOT admin_state_up WHERE id = $1`, [pick(networks)]),
  ];
  return world.change(pick(changes));
}

async function networksAndHosts(world: World, counts: { networks: number; hosts: number }) {
  const hosts = Array.from({ length: counts.hosts }, (_, i) => `h${i}`);
  for (const host of hosts) await world.addHost(host);
  const networks = [];
  for (let i = 0; i < counts.networks; i++) networks.push(await world.addNetwork());
  return { hosts, networks };
}

test('twenty agents follow random changes, whatever is cut or restarted', { timeout: 60_000 }, async (t) => {
  const world = await openWorld(t);
  const { hosts, networks } = await networksAndHosts(world, { networks: 4, hosts: 20 });
  const paths = [join(world.folder, 'a'), join(world.folder, 'b')];
  const listen = (i: number) => ({ listen: [`unix:${paths[i]}`] });
  let first = await world.openHub(listen(0));
  const second = await world.openHub(listen(1));
  const ways = await Promise.all(paths.map((path) => openCuttable(t, `${path}-cut`, path)));
  const addresses = ways.map((way) => way.address);
  const agents = new Map<string, TestAgent>(hosts.map((host) => [host, world.startAgent(host, addresses)]));

  let revision = 0;
  for (let round = 0; round < 150; round++) {
    revision = await randomChange(world, networks, hosts);
    if (round % 10 === 3) ways[round % 2]?.cut();
    if (round % 25 === 20) {
      const host = hosts[round % hosts.length] ?? '';
      await agents.get(host)?.stop();
      agents.set(host, world.startAgent(host, addresses, agents.get(host)?.target));
    }
    if (round === 60) {
      await first[Symbol.asyncDispose]();
      ways[0]?.cut(true);
    }
    if (round === 80) first = await world.openHub(listen(0));
  }
  await assertDone(first, revision);
  await assertDone(second, revision);
  for (const agent of agents.values()) assertRealized(first, agent);
  for (const agent of agents.values()) assertRealized(second, agent);
});

test('a revision is pending, and its hosts are named, until each host that it touches has applied it', async (t) => {
  const world = await openWorld(t);
  const { hosts, networks } = await networksAndHosts(world, { networks: 1, hosts: 3 });
  const hub = await world.openHub();
  for (const host of hosts.slice(0, 2)) world.startAgent(host, hub.addresses);
  await until('two agents', () => hosts.filter((host) => hub.isConnected(host)).length === 2);
  await world.addPort(networks[0] ?? '', 'h0');
  await assertDone(hub, hub.revision);

  await world.addPort(networks[0] ?? '', 'h2', 'other');
  const [{ revision } = { revision: 0 }] = await world.store.query<{ revision: number }>(
    'SELECT max(revision) AS revision FROM changes',
  );
  const started = Date.now();
  const pending = await hub.realizations.read(revision, { milliseconds: 300, signal: new AbortController().signal });
  assert.ok(Date.now() - started >= 290, 'it waited');
  assert.equal(pending.state, 'pending');
  assert.deepEqual(
    pending.hosts.map(({ host, state, connected }) => [host, state, connected]),
    [['h2', 'pending', false]],
    'h0 sees no tunnel end of h2 yet: nothing changes there',
  );
  const agent = world.startAgent('h2', hub.addresses);
  await assertDone(hub, revision);
  assertRealized(hub, agent);
  // The agent told its tunnel end, and h0 learnt of it.
  await until('told', async () => hub.loom.view('h0').remotes.size === 1);
  await assertDone(hub, hub.revision);
});

test('a revision that only changed a rule is done when every host with the group has applied it', async (t) => {
  const world = await openWorld(t);
  const { hosts, networks } = await networksAndHosts(world, { networks: 1, hosts: 3 });
  const hub = await world.openHub();
  const agents = ['h0', 'h2'].map((host) => world.startAgent(host, hub.addresses));
  await until('two agents', () => hosts.filter((host) => hub.isConnected(host)).length === 2);
  for (const host of ['h0', 'h1']) await world.addPort(networks[0] ?? '', host);
  await world.addPort(networks[0] ?? '', 'h2', 'other');

  const revision = await world.change((tx) =>
    tx.query(
      `INSERT INTO security_group_rules (project_id, security_group_id, direction, ethertype, protocol, protocol_number)
      SELECT project_id, id, 'ingress', 'IPv4', 'tcp', 6 FROM security_groups WHERE project_id = 'p'`,
    ),
  );
  await until('applied on h0', async () => {
    const { hosts: touched } = await hub.realizations.read(revision);
    return touched.some(({ host, state }) => host === 'h0' && state === 'done');
  });
  const { state, hosts: touched } = await hub.realizations.read(revision);
  assert.deepEqual(
    [state, ...touched.map((one) => [one.host, one.state])],
    ['pending', ['h0', 'done'], ['h1', 'pending']],
    'h2 has no port with that group',
  );
  agents.push(world.startAgent('h1', hub.addresses));
  await assertDone(hub, revision);
  await until('h1 told its tunnel end', () => hub.loom.view('h0').remotes.size === 2);
  await assertDone(hub, hub.revision);
  for (const agent of agents) assertRealized(hub, agent);
  const [filter] = hub.loom.view('h1').filters.values();
  assert.ok(filter?.rules.some(({ protocol }) => protocol === 6));
  assert.equal(hub.loom.view('h1').addressSets.size, 2, 'the members of the default group, which names itself');
});

test('a wait ends when its signal aborts', async (t) => {
  const world = await openWorld(t);
  const hub = await world.openHub();
  const gone = new AbortController();
  setTimeout(() => gone.abort(), 50);
  const realization = await hub.realizations.read(1_000_000, { milliseconds: 30_000, signal: gone.signal });
  assert.deepEqual(realization, { revision: 1_000_000, state: 'pending', hosts: [] });
});

test('any controller answers for hosts that are connected to another', async (t) => {
  const world = await openWorld(t);
  const { networks } = await networksAndHosts(world, { networks: 1, hosts: 2 });
  const one = await world.openHub();
  const other = await world.openHub();
  world.startAgent('h0', one.addresses);
  world.startAgent('h1', other.addresses);
  await until('both', () => ['h0', 'h1'].every((host) => one.isConnected(host) && other.isConnected(host)));
  const network = networks[0] ?? '';
  await world.addPort(network, 'h0');
  const revision = await world.change((tx) =>
    tx.query(`INSERT INTO ports (project_id, network_id, mac_address, host) VALUES ('p', $1, $2, 'h1')`, [
      network,
      randomMac(),
    ]),
  );
  await assertDone(one, revision);
  await assertDone(other, revision);
  await world.addNetwork();
  const third = await world.openHub();
  // It cannot know whom the changes before its time touched: the others tell it how far their agents are.
  await assertDone(third, third.revision);
});

test('after a restart of the controller nothing that was done is asked for again', async (t) => {
  const world = await openWorld(t);
  const { networks } = await networksAndHosts(world, { networks: 1, hosts: 2 });
  const path = join(world.folder, 'hub');
  const before = await world.openHub({ listen: [`unix:${path}`] });
  const agent = world.startAgent('h0', before.addresses);
  await world.addPort(networks[0] ?? '', 'h0');
  await until('connected', () => before.isConnected('h0'));
  const [newest] = await world.store.query<{ revision: number }>('SELECT max(revision) AS revision FROM changes');
  await assertDone(before, newest?.revision ?? 0);
  const { stepsTaken } = agent.target;
  await before[Symbol.asyncDispose]();
  const after = await world.openHub({ listen: [`unix:${path}`] });
  await until('connected again', () => after.isConnected('h0'));
  await assertDone(after, after.revision);
  assertRealized(after, agent);
  assert.equal(agent.target.stepsTaken, stepsTaken);
  assert.ok(after.bytesSent < 200, `the replica was current, yet ${after.bytesSent} bytes were sent`);
});

test('an agent without any controller keeps its host as it was, also after its own restart', async (t) => {
  const world = await openWorld(t);
  const { networks } = await networksAndHosts(world, { networks: 1, hosts: 1 });
  const hub = await world.openHub();
  const agent = world.startAgent('h0', hub.addresses);
  const port = await world.addPort(networks[0] ?? '', 'h0');
  await until('applied', () => agent.target.items.has(`ports ${port}`));
  await hub[Symbol.asyncDispose]();
  await agent.stop();
  assert.ok(agent.target.items.has(`ports ${port}`), 'an agent that ends tears nothing down');
  agent.target.items.clear();
  world.startAgent('h0', hub.addresses, agent.target);
  await until('there again', () => agent.target.items.has(`ports ${port}`));
});

test('an agent that lags far behind gets one whole view instead of every difference', async (t) => {
  const world = await openWorld(t);
  const { networks } = await networksAndHosts(world, { networks: 1, hosts: 1 });
  const hub = await world.openHub({ maxBacklog: 0 });
  const agent = world.startAgent('h0', hub.addresses);
  await until('connected', () => hub.isConnected('h0'));
  for (let i = 0; i < 50; i++) await world.addPort(networks[0] ?? '', 'h0');
  await until('woven', () => hub.loom.view('h0').ports.size === 50);
  await assertDone(hub, hub.revision);
  assertRealized(hub, agent);
});

test('a controller that lags behind does not take an agent back to what was', async (t) => {
  const world = await openWorld(t);
  await world.addHost('h1');
  const ahead = await world.openHub();
  const gate = Promise.withResolvers<void>();
  t.after(() => gate.resolve());
  const store: Store = {
    ...world.store,
    async *feed(since, signal) {
      for await (const batch of world.store.feed(since, signal)) {
        await gate.promise;
        yield batch;
      }
    },
  };
  const behind = await world.openHub({ store });
  const agent = world.startAgent('h1', ahead.addresses);
  const port = await world.addPort(await world.addNetwork(), 'h1');
  await until('there', () => agent.target.items.has(`ports ${port}`));
  const steps = agent.target.stepsTaken;
  await agent.stop();
  world.startAgent('h1', behind.addresses, agent.target);
  await delay(300);
  assert.equal(behind.loom.view('h1').ports.size, 0, 'it does lag');
  assert.equal(agent.target.stepsTaken, steps);
  gate.resolve();
  await until('connected', () => behind.isConnected('h1'));
  await assertDone(behind, behind.revision);
  assert.equal(agent.target.stepsTaken, steps);
});
