import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Caller } from '../../src/http/caller.ts';
import { buildServer } from '../../src/http/server.ts';
import { realizePlugin } from '../../src/realize/routes.ts';
import { openWorld, until } from './world.ts';

const ADMIN: Caller = {
  userId: 'u',
  userName: 'admin',
  projectId: 'p',
  roles: new Set(['admin', 'member', 'reader']),
  isAdmin: true,
};
const MEMBER: Caller = { ...ADMIN, roles: new Set(['member', 'reader']), isAdmin: false };

async function openApi(t: TestContext) {
  const world = await openWorld(t);
  const hub = await world.openHub();
  const app = buildServer({
    store: world.store,
    networking: { resources: [], extensions: [], routes: [] },
    authenticate: async (token) => (token === 'admin' ? ADMIN : token === 'member' ? MEMBER : undefined),
    plugins: [realizePlugin(world.store, hub)],
  });
  t.after(() => app.close());
  const call = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, token = 'admin') => {
    const response = await app.inject({
      method,
      url: `/v2.0/netloom${path}`,
      headers: { 'x-auth-token': token },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    const json = response.body === '' ? {} : (response.json() as Record<string, unknown>);
    return { status: response.statusCode, body: json as Record<string, unknown>, headers: response.headers };
  };
  return { world, hub, call };
}

test('a host is made, seen, given a new key and taken away', async (t) => {
  const { world, hub, call } = await openApi(t);
  const made = await call('POST', '/hosts', { host: { name: 'h1', driver: 'memory' } });
  assert.equal(made.status, 201);
  assert.equal(made.headers['x-netloom-revision'], '1');
  const host = made.body['host'] as Record<string, unknown>;
  assert.equal(host['link_key'], hub.keys.textOf('h1', 1));
  assert.match(String(host['link_key']), /^h1\/1:[0-9a-f]{64}$/);
  assert.equal((await call('POST', '/hosts', { host: { name: 'h1', driver: 'memory' } })).status, 409);

  const agent = world.startAgent('h1', hub.addresses);
  await until('connected', () => hub.isConnected('h1'));
  const shown = (await call('GET', '/hosts/h1')).body['host'] as Record<string, unknown>;
  assert.deepEqual([shown['connected'], shown['vtep'], shown['link_key']], [true, '192.0.2.1', undefined]);
  const rotated = (await call('PUT', '/hosts/h1/rotate')).body['host'] as Record<string, unknown>;
  assert.equal(rotated['link_key'], hub.keys.textOf('h1', 2));
  await until('sent away', () => !hub.isConnected('h1'));
  await agent.stop();

  const port = await world.addPort(await world.addNetwork(), 'h1');
  assert.equal((await call('DELETE', '/hosts/h1')).status, 409);
  await world.change((tx) => tx.query('DELETE FROM ports WHERE id = $1', [port]));
  assert.equal((await call('DELETE', '/hosts/h1')).status, 204);
  assert.equal((await call('GET', '/hosts/h1')).status, 404);
  assert.deepEqual((await call('GET', '/hosts')).body, { hosts: [] });
});

test('only admins', async (t) => {
  const { call } = await openApi(t);
  for (const path of ['/hosts', '/hosts/x/view', '/realization', '/statuses', '/events', '/trace']) {
    const { status, body } = await call('GET', path, undefined, 'member');
    assert.equal(status, 403, path);
    assert.equal((body['NeutronError'] as { type: string }).type, 'PolicyNotAuthorized');
  }
  assert.equal((await call('POST', '/hosts', { host: { name: 'a', driver: 'memory' } }, 'member')).status, 403);
  assert.equal((await call('GET', '/hosts', undefined, 'nobody')).status, 401);
});

test('bad input is a 400', async (t) => {
  const { call } = await openApi(t);
  const bodies = [
    undefined,
    [],
    { host: 'x' },
    { host: { name: 'a b', driver: 'memory' } },
    { host: { name: 'a/1', driver: 'memory' } },
    { host: { name: 'a', driver: 7 } },
    { host: { name: 'a', driver: 'memory', colour: 'red' } },
    { host: { name: 'x'.repeat(201), driver: 'memory' } },
  ];
  for (const body of bodies) assert.equal((await call('POST', '/hosts', body)).status, 400, JSON.stringify(body));
  const paths = [
    '/realization?revision=-1',
    '/realization?revision=1.5',
    '/realization?wait=x',
    '/events?limit=',
    '/trace',
    '/trace?from=a&to=b&protocol=gre',
    '/trace?from=a&to=b&port=70000',
    '/trace?from=a&to=b&protocol=256',
    '/trace?from=a&to=b&icmp_type=256',
    '/trace?from=a&to=b&sport=1',
    '/statuses?colour=red',
  ];
  for (const path of paths) assert.equal((await call('GET', path)).status, 400, path);
});

test('view, realization, statuses, events and trace answer', async (t) => {
  const { world, hub, call } = await openApi(t);
  await world.addHost('h1');
  await world.addHost('h2');
  world.startAgent('h1', hub.addresses);
  world.startAgent('h2', hub.addresses);
  await until('connected', () => hub.isConnected('h1') && hub.isConnected('h2'));
  const network = await world.addNetwork();
  const from = await world.addPort(network, 'h1');
  const to = await world.addPort(network, 'h2');
  const { revision } = await hubRevision();
  async function hubRevision() {
    const [row] = await world.store.query<{ revision: number }>('SELECT max(revision) AS revision FROM changes');
    return row ?? { revision: 0 };
  }
  const { body } = await call('GET', `/realization?revision=${revision}&wait=10`);
  const realization = body['realization'] as { state: string; hosts: { host: string; state: string }[] };
  assert.equal(realization.state, 'done');
  assert.deepEqual(
    realization.hosts.map(({ host, state }) => [host, state]),
    [
      ['h1', 'done'],
      ['h2', 'done'],
    ],
  );
  const view = (await call('GET', '/hosts/h1/view')).body['view'] as { tables: { ports: { id: string }[] } };
  assert.deepEqual(
    view.tables.ports.map(({ id }) => id),
    [from],
  );
  assert.equal((await call('GET', '/hosts/nobody/view')).status, 404);
  const mac = [...hub.loom.view('h2').ports.values()][0]?.mac ?? '';
  const traced = (await call('GET', `/trace?from=${from}&to=${mac}&protocol=tcp&port=80`)).body['trace'] as {
    verdict: string;
    steps: { row: string }[];
  };
  assert.equal(traced.verdict, 'pass');
  assert.ok(traced.steps.some(({ row }) => row === `ports/${to}`));
  assert.deepEqual((await call('GET', '/statuses?host=h1')).body, { statuses: [] });
  assert.deepEqual((await call('GET', '/events')).body, { events: [] });
});
