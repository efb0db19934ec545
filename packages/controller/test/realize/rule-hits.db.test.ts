import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Caller } from '../../src/http/caller.ts';
import { buildServer } from '../../src/http/server.ts';
import type { Realize } from '../../src/realize/realize.ts';
import { ruleHitsPlugin } from '../../src/realize/rule-hits-plugin.ts';
import type { Store } from '../../src/store/store.ts';
import { openWorld, until } from './world.ts';

interface Body {
  readonly hits: readonly { rule: string; security_group: string; host: string; packets: number; bytes: number }[];
  readonly unanswered: readonly string[];
}

function api(store: Store, hub: Realize, caller: Partial<Caller>) {
  const roles = new Set(['member', 'reader']);
  const base: Caller = { userId: 'u', userName: 'u', projectId: 'p1', roles, isAdmin: false };
  const app = buildServer({
    store,
    networking: { resources: [], extensions: [], routes: [] },
    authenticate: async () => ({ ...base, ...caller }),
    plugins: [ruleHitsPlugin(store, hub)],
  });
  return async (query = '') => {
    const url = `/v2.0/netloom/rules/hits${query}`;
    const response = await app.inject({ method: 'GET', url, headers: { 'x-auth-token': 't' } });
    return { status: response.statusCode, body: response.json() as Body };
  };
}

test('hits are asked of the hosts that carry a group, wherever they are connected', async (t) => {
  const world = await openWorld(t);
  const [hub, other] = [await world.openHub(), await world.openHub()];
  for (const host of ['h1', 'h2', 'h3', 'away']) await world.addHost(host);
  const network = await world.addNetwork();
  const [port] = [await world.addPort(network, 'h1', 'p1'), await world.addPort(network, 'h2', 'p1')];
  await world.addPort(network, 'h3', 'p2');
  const agents = [
    world.startAgent('h1', hub.addresses),
    world.startAgent('h2', other.addresses),
    world.startAgent('h3', hub.addresses),
  ];
  const [group] = await world.store.query<{ id: string }>(`SELECT id FROM security_groups WHERE project_id = 'p1'`);
  const id = group?.id ?? '';
  const [rule] = await world.store.query<{ id: string }>(
    `SELECT id FROM security_group_rules WHERE security_group_id = $1 ORDER BY id`,
    [id],
  );
  agents[0]?.target.hits.set(rule?.id ?? '', 3);
  agents[1]?.target.hits.set(rule?.id ?? '', 4);
  await until('applied', () =>
    agents.every(({ target }) => [...target.items.values()].some(({ kind }) => kind === 'filters')),
  );
  await until('known', () => ['h1', 'h2', 'h3'].every((host) => hub.isConnected(host)));

  const member = api(world.store, hub, {});
  const { status, body } = await member();
  assert.equal(status, 200);
  assert.deepEqual(body.unanswered, []);
  assert.deepEqual([...new Set(body.hits.map(({ security_group }) => security_group))], [id], 'only what is its own');
  const counted = body.hits.filter((hit) => hit.rule === rule?.id);
  assert.deepEqual(counted.map(({ host, packets, bytes }) => `${host} ${packets} ${bytes}`).sort(), [
    'h1 3 300',
    'h2 4 400',
  ]);
  assert.equal(body.hits.length, 8, 'the four rules of the default group on two hosts, unused ones among them');

  assert.deepEqual((await member('?security_group=default')).body, body);
  assert.deepEqual((await member(`?security_group=${id}`)).body, body);
  const ofPort = (await member(`?port=${port}`)).body;
  assert.deepEqual([...new Set(ofPort.hits.map(({ host }) => host))], ['h1']);
  const admin = await api(world.store, hub, { isAdmin: true })();
  assert.equal(admin.body.hits.length, 12);

  const stranger = api(world.store, hub, { projectId: 'p9' });
  assert.deepEqual((await stranger()).body, { hits: [], unanswered: [] });
  assert.equal((await stranger(`?security_group=${id}`)).status, 404);
  assert.equal((await stranger(`?port=${port}`)).status, 404);
  assert.equal((await member(`?port=${randomUUID()}`)).status, 404);
  assert.equal((await member('?host=h1')).status, 400);

  await world.addPort(network, 'away', 'p1');
  await until('woven', () => hub.loom.carriersOfGroup(id).includes('away'));
  const late = (await member()).body;
  assert.deepEqual(late.unanswered, ['away']);
  assert.equal(late.hits.length, 8);
  assert.deepEqual(await world.store.query('SELECT id FROM asks'), [], 'nothing of it stays');
});
