import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkingApi } from '../../../src/http/resources/networking-resources.ts';
import { type Api, apiUnderTest } from '../api-under-test.ts';
import { captured, MEMBER, play } from '../replay.ts';

/** Quotas of the real server for resources that are not here. */
const NOT_HERE = new Set(['endpoint_group', 'vpnservice', 'ipsec_site_connection', 'ipsecpolicy', 'ikepolicy']);

test('a real server’s exchanges about quotas are answered alike', async (t) => {
  const api = await apiUnderTest(t);
  const has = new Set(networkingApi().resources.map((resource) => resource.quota));
  const exchanges = captured('quotas').flatMap((exchange) => {
    const { title, request, response } = exchange;
    // Which projects have quotas, and what they use, is each server's own.
    if (title.startsWith('list') || title.startsWith('own quota details')) return [];
    const body = structuredClone(response.body) as { quota?: Record<string, unknown> } | undefined;
    for (const name of Object.keys(body?.quota ?? {}))
      if (!has.has(name) || NOT_HERE.has(name)) delete body?.quota?.[name];
    return [{ title, request, response: { ...response, body } }];
  });
  assert.equal((await api.call('POST', '/v2.0/networks', { network: {} }, { as: MEMBER })).status, 201);
  const replay = { api, names: new Map<string, string>(), foreign: /^firewall_/ };
  for (const exchange of exchanges) await play(t, { file: 'quotas', exchange }, replay);
});

test('every resource with a quota is counted', async (t) => {
  const api = await apiUnderTest(t);
  const rows = await api.store.query<{ table: string; name: string }>(
    `SELECT c.relname AS "table", convert_from(substring(g.tgargs FROM 1 FOR position('\\000'::bytea IN g.tgargs) - 1), 'UTF8') AS name
 FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE g.tgname = 'quota_count' ORDER BY 2`,
  );
  const declared = networkingApi().resources.flatMap(({ table, quota }) =>
    quota === undefined ? [] : [{ table, name: quota }],
  );
  const sorted = [...new Map(declared.map((one) => [one.name, one])).values()].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  assert.deepEqual(
    sorted.filter(({ name }) => !rows.some((row) => row.name === name)),
    [],
    'declared, and not counted',
  );
  for (const { table, name } of sorted) assert.equal(rows.find((row) => row.name === name)?.table, table);
});

async function used(api: Api, project: string, resource: string): Promise<number> {
  const { body } = await api.call('GET', `/v2.0/quotas/${project}/details.json`);
  return body.quota[resource].used;
}

async function limit(api: Api, project: string, quota: Record<string, unknown>) {
  return api.call('PUT', `/v2.0/quotas/${project}`, { quota });
}

test('nobody gets past a quota, however many try at once', async (t) => {
  const api = await apiUnderTest(t);
  const network = (await api.call('POST', '/v2.0/networks', { network: {} }, { as: 'blue' })).body.network.id;
  await limit(api, 'blue', { port: 5 });
  const port = { network_id: network };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => api.call('POST', '/v2.0/ports', { port }, { as: 'blue' })),
  );
  const made = answers.filter((answer) => answer.status === 201);
  assert.equal(made.length, 5);
  for (const { status, body } of answers.filter((answer) => answer.status !== 201)) {
    assert.deepEqual([status, body.NeutronError.message], [409, "Quota exceeded for resources: ['port']."]);
  }
  assert.equal(await used(api, 'blue', 'port'), 5);

  const bulk = { ports: [port, port] };
  assert.equal(
    (await api.call('DELETE', `/v2.0/ports/${made[0]?.body.port.id}`, undefined, { as: 'blue' })).status,
    204,
  );
  assert.equal((await api.call('POST', '/v2.0/ports', bulk, { as: 'blue' })).body.NeutronError.type, 'OverQuota');
  assert.equal(await used(api, 'blue', 'port'), 4, 'all or none');
  assert.equal((await api.call('POST', '/v2.0/ports', { port }, { as: 'blue' })).status, 201);

  await limit(api, 'blue', { port: -1 });
  assert.equal((await api.call('POST', '/v2.0/ports', bulk, { as: 'blue' })).status, 201);
  assert.equal((await limit(api, 'blue', { port: 2 })).status, 200, 'below what is in use');
  assert.equal((await limit(api, 'blue', { port: 2, check_limit: true })).status, 400);
  assert.equal((await api.call('POST', '/v2.0/ports', { port }, { as: 'blue' })).status, 409);
  const bind = { port: { 'binding:host_id': 'h1', network_id: network } };
  assert.equal((await api.call('POST', '/v2.0/ports', { port: { ...bind.port, project_id: 'green' } })).status, 201);

  assert.equal((await api.call('DELETE', '/v2.0/quotas/blue')).status, 204);
  assert.equal((await api.call('GET', '/v2.0/quotas/blue')).body.quota.port, 500);
  assert.equal((await api.call('POST', '/v2.0/ports', { port }, { as: 'blue' })).status, 201);
});

test('a project at its limit is refused with the first row, not only by the count at the end', async (t) => {
  const api = await apiUnderTest(t);
  const counted = await api.store.query<{ early: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_trigger e WHERE e.tgrelid = c.tgrelid AND e.tgname = 'quota_early') AS early
 FROM pg_trigger c WHERE c.tgname = 'quota_count'`,
  );
  assert.ok(counted.length > 10 && counted.every(({ early }) => early));
  const make = (as = 'blue') => api.call('POST', '/v2.0/networks', { network: {} }, { as });
  await limit(api, 'blue', { network: 1 });
  assert.equal((await make()).status, 201);
  await api.store.query('ALTER TABLE networks DISABLE TRIGGER quota_count');
  const { status, body } = await make();
  assert.deepEqual([status, body.NeutronError.message], [409, "Quota exceeded for resources: ['network']."]);
  assert.equal((await make('green')).status, 201);
});

test('counters are what a count says, after much making and deleting', async (t) => {
  const api = await apiUnderTest(t);
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    const { body } = await api.call('POST', '/v2.0/networks', { network: {} }, { as: 'blue' });
    ids.push(body.network.id);
    await api.call(
      'POST',
      '/v2.0/subnets',
      { subnet: { network_id: body.network.id, ip_version: 4, cidr: `10.${i}.0.0/24` } },
      { as: 'blue' },
    );
  }
  await Promise.all(
    ids.flatMap((network_id) =>
      Array.from({ length: 6 }, async (_, i) => {
        const { body } = await api.call('POST', '/v2.0/ports', { port: { network_id } }, { as: 'blue' });
        if (i % 2) await api.call('DELETE', `/v2.0/ports/${body.port.id}`, undefined, { as: 'blue' });
      }),
    ),
  );
  const [first] = ids;
  const left = (await api.call('GET', `/v2.0/ports?network_id=${first}`, undefined, { as: 'blue' })).body.ports;
  for (const { id } of left) await api.call('DELETE', `/v2.0/ports/${id}`, undefined, { as: 'blue' });
  assert.equal((await api.call('DELETE', `/v2.0/networks/${first}`, undefined, { as: 'blue' })).status, 204);
  assert.deepEqual(
    [await used(api, 'blue', 'network'), await used(api, 'blue', 'subnet'), await used(api, 'blue', 'port')],
    [2, 2, 6],
  );
});

test('quotas are the project’s own and the admin’s business', async (t) => {
  const api = await apiUnderTest(t);
  const status = async (as: string, method: string, path: string, body?: unknown) =>
    (await api.call(method, path, body, { as })).status;
  assert.equal(await status('blue', 'GET', '/v2.0/quotas'), 403);
  assert.equal(await status('blue', 'GET', '/v2.0/quotas/blue'), 200);
  assert.equal(await status('blue reader', 'GET', '/v2.0/quotas/blue/details'), 200);
  assert.equal(await status('blue', 'GET', '/v2.0/quotas/green/details'), 403);
  assert.equal(await status('blue', 'GET', '/v2.0/quotas/green/default'), 403);
  assert.equal(await status('blue', 'PUT', '/v2.0/quotas/blue', { quota: { port: 1 } }), 403);
  assert.equal(await status('blue', 'DELETE', '/v2.0/quotas/blue'), 403);
  for (const quota of [
    7,
    null,
    [],
    { port: -2 },
    { port: null },
    { port: 2 ** 31 },
    { port: {} },
    { tags: 1 },
    { port: 1, check_limit: 'x' },
  ]) {
    const reply = await api.call('PUT', '/v2.0/quotas/blue', { quota });
    assert.equal(reply.status, 400, JSON.stringify(quota));
    assert.equal(typeof reply.body.NeutronError.message, 'string');
  }
});
