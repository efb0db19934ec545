import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { networkingApi } from '../../src/http/resources/networking-resources.ts';
import { planPlugin } from '../../src/plan/plan-plugin.ts';
import { type CallOptions, serve } from '../http/api-under-test.ts';
import { openWorld } from '../realize/world.ts';

const BLUE = { as: 'blue' };

type Json = Record<string, unknown>;

async function cloud(t: TestContext) {
  const world = await openWorld(t);
  const hub = await world.openHub();
  const { store } = world;
  const { call } = await serve(t, store, { plugins: [planPlugin(store, hub, networkingApi())] });
  const plan = (changes: readonly Json[], options: CallOptions = {}) =>
    call('POST', '/v2.0/netloom/plan', { plan: { changes } }, options);
  const made = async (resource: string, values: Json, options: CallOptions = BLUE) => {
    const path = `/v2.0/${resource.replaceAll('_', '-')}s`;
    const { status, body } = await call('POST', path, { [resource]: values }, options);
    assert.equal(status, 201, JSON.stringify(body));
    return body[resource];
  };
  return { world, hub, store, call, plan, made };
}

/** web-1 and web-2 in group web, db-1 in group db, on one network; nobody may reach anybody from outside. */
async function twoTier(t: TestContext) {
  const api = await cloud(t);
  const { made, world } = api;
  for (const host of ['h1', 'h2']) await world.addHost(host);
  await world.change((tx) => tx.query(`UPDATE hosts SET vtep = ('192.0.2.' || right(name, 1))::inet`));
  const network = await made('network', { name: 'net' });
  await made('subnet', { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4, enable_dhcp: false });
  const web = await made('security_group', { name: 'web' });
  const db = await made('security_group', { name: 'db' });
  const port = (name: string, group: { id: string }, host: string) =>
    made(
      'port',
      { name, network_id: network.id, security_groups: [group.id], 'binding:host_id': host },
      { as: 'blue admin' },
    );
  const ports = {
    web1: await port('web-1', web, 'h1'),
    web2: await port('web-2', web, 'h2'),
    db1: await port('db-1', db, 'h2'),
  };
  return { ...api, network, web, db, ports };
}

const rule = (group: string, values: Json) => ({
  method: 'POST',
  path: '/v2.0/security-group-rules',
  body: { security_group_rule: { security_group_id: group, direction: 'ingress', ...values } },
});

const texts = (flows: readonly { text: string }[]) => flows.map(({ text }) => text);

test('a plan tells rows and flows of a rule, and leaves nothing behind', async (t) => {
  const { plan, web, db, store, call } = await twoTier(t);
  const [before] = await store.query<Json>(
    'SELECT max(revision) AS newest, (SELECT last_value FROM change_revisions) AS drawn FROM changes',
  );
  const { status, body } = await plan([
    rule(db.id, { protocol: 'tcp', port_range_min: 5432, port_range_max: 5432, remote_group_id: web.id }),
  ]);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(texts(body.plan.flows.gained), ['web -> db tcp/5432']);
  assert.deepEqual(body.plan.flows.lost, []);
  assert.deepEqual(body.plan.hosts, [
    {
      host: 'h2',
      rows: [
        ...body.plan.hosts[0].rows.filter((row: Json) => row['table'] === 'addressSets'),
        { table: 'filters', id: db.id, change: 'update' },
      ],
    },
  ]);
  assert.equal(body.plan.hosts[0].rows.length, 3);
  const [after] = await store.query<Json>(
    'SELECT max(revision) AS newest, (SELECT last_value FROM change_revisions) AS drawn FROM changes',
  );
  assert.deepEqual(after, before);
  const rules = await call('GET', `/v2.0/security-group-rules?security_group_id=${db.id}&direction=ingress`);
  assert.deepEqual(rules.body.security_group_rules, []);
});

test('a planned change says what the real one then does', async (t) => {
  const { plan, call, world, hub, web, ports } = await twoTier(t);
  const change = { method: 'PUT', path: `/v2.0/ports/${ports.web2.id}`, body: { port: { 'binding:host_id': 'h1' } } };
  const planned = await plan([change]);
  assert.deepEqual(planned.body.plan.flows, { gained: [], lost: [] });
  const views = () => new Map(['h1', 'h2'].map((host) => [host, hub.loom.view(host)]));
  const before = views();
  const real = await call('PUT', change.path, change.body);
  await hub.reached(Number(real.headers.get('x-netloom-revision')), AbortSignal.timeout(5000));
  const after = views();
  for (const { host, rows } of planned.body.plan.hosts) {
    for (const { table, id, change } of rows) {
      const [was, is] = [before.get(host), after.get(host)].map((view) => view?.[table as 'ports'].has(id));
      assert.equal(change, was ? (is ? 'update' : 'remove') : 'add', `${host} ${table}/${id}`);
    }
  }
  assert.deepEqual(
    planned.body.plan.hosts.map(({ host }: Json) => host),
    ['h1', 'h2'],
  );
  void web;
  void world;
});

test('later changes may name what earlier ones make', async (t) => {
  const { plan, network } = await twoTier(t);
  const { status, body } = await plan([
    {
      method: 'POST',
      path: '/v2.0/security-groups',
      body: { security_group: { name: 'ops', project_id: 'blue' } },
      as: 'ops',
    },
    rule('$ops', { protocol: 'tcp', port_range_min: 22, port_range_max: 22, remote_ip_prefix: '192.0.2.0/24' }),
    {
      method: 'POST',
      path: '/v2.0/ports',
      body: { port: { name: 'ops-1', network_id: network.id, project_id: 'blue', security_groups: ['$ops'] } },
      as: 'port',
    },
    { method: 'PUT', path: '/v2.0/ports/$port', body: { port: { description: '$port.mac_address' } } },
  ]);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(texts(body.plan.flows.gained), ['192.0.2.0/24 -> ops tcp/22', 'ops -> any except network net any']);
});

test('the first change that is refused is told with its own error, and nothing of the others stays', async (t) => {
  const { plan, web, db, call, store } = await twoTier(t);
  const good = rule(db.id, { protocol: 'udp' });
  const refused = await plan([good, { method: 'DELETE', path: `/v2.0/security-groups/${web.id}` }, good]);
  assert.equal(refused.status, 409);
  assert.equal(refused.body.NeutronError.type, 'SecurityGroupInUse');
  assert.match(refused.body.NeutronError.message, /^Change 1 \(DELETE \/v2.0\/security-groups\/[0-9a-f-]+\): /);
  assert.equal(refused.body.change, 1);
  const twice = await plan([good, good]);
  assert.deepEqual(
    [twice.status, twice.body.NeutronError.type, twice.body.change],
    [409, 'SecurityGroupRuleExists', 1],
  );
  await store.query(`INSERT INTO quota_limits VALUES ('blue', 'security_group', 3)`);
  const groups = Array.from({ length: 3 }, (_, i) => ({
    method: 'POST',
    path: '/v2.0/security-groups',
    body: { security_group: { name: `g${i}`, project_id: 'blue' } },
  }));
  const over = await plan(groups);
  assert.deepEqual([over.status, over.body.NeutronError.type, over.body.change], [409, 'OverQuota', 0]);
  const { body } = await call('GET', `/v2.0/security-group-rules?security_group_id=${db.id}&protocol=udp`);
  assert.deepEqual(body.security_group_rules, []);
});

test('whoever may not make a change may not plan it; hosts are for admins', async (t) => {
  const { plan, db } = await twoTier(t);
  const change = rule(db.id, { protocol: 'tcp' });
  const reader = await plan([change], { as: 'blue reader' });
  assert.deepEqual([reader.status, reader.body.NeutronError.type], [403, 'PolicyNotAuthorized']);
  const stranger = await plan([change], { as: 'red' });
  assert.deepEqual([stranger.status, stranger.body.NeutronError.type], [404, 'SecurityGroupNotFound']);
  const member = await plan([change], BLUE);
  assert.equal(member.status, 200);
  assert.equal(member.body.plan.hosts, null);
  assert.deepEqual(texts(member.body.plan.flows.gained), ['any -> db tcp']);
});

test('plans run beside writers and beside each other', async (t) => {
  const { plan, db, call } = await twoTier(t);
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      i % 2 === 0
        ? plan([rule(db.id, { protocol: 'tcp', port_range_min: 1000 + i, port_range_max: 1000 + i })])
        : call(
            'POST',
            '/v2.0/security-group-rules',
            rule(db.id, { protocol: 'udp', port_range_min: 1000 + i, port_range_max: 1000 + i }).body,
          ),
    ),
  );
  for (const [i, { status, body }] of answers.entries()) {
    assert.equal(status, i % 2 === 0 ? 200 : 201, JSON.stringify(body));
    if (i % 2 === 0) assert.deepEqual(texts(body.plan.flows.gained), [`any -> db tcp/${1000 + i}`]);
  }
});

test('bad input is a 400', async (t) => {
  const { call } = await cloud(t);
  const good = { method: 'POST', path: '/v2.0/networks', body: {} };
  const bodies = [
    undefined,
    {},
    { plan: [] },
    { plan: { changes: 'x' } },
    { plan: { changes: [], colour: 'red' } },
    { plan: { changes: [7] } },
    { plan: { changes: [{ ...good, method: 'GET' }] } },
    { plan: { changes: [{ ...good, path: '/v2.0/netloom/hosts' }] } },
    { plan: { changes: [{ ...good, path: '/identity/v3/users' }] } },
    { plan: { changes: [{ ...good, colour: 'red' }] } },
    {
      plan: {
        changes: [
          { ...good, as: 'x' },
          { ...good, as: 'x' },
        ],
      },
    },
    { plan: { changes: [{ ...good, method: 'DELETE', as: 'x' }] } },
    { plan: { changes: Array.from({ length: 1001 }, () => good) } },
  ];
  for (const body of bodies)
    assert.equal((await call('POST', '/v2.0/netloom/plan', body)).status, 400, JSON.stringify(body));
});
