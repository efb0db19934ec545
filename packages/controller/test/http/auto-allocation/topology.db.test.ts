import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest, type Reply } from '../api-under-test.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects have values of every type
type Values = Record<string, any>;

function told({ status, body }: Reply): string {
  return body?.NeutronError ? `${status} ${body.NeutronError.type} ${body.NeutronError.message}` : String(status);
}

const topology = (api: Api, method = 'GET', { project = 'blue', query = '', as = 'blue' } = {}) =>
  api.call(method, `/v2.0/auto-allocated-topology/${project}${query}`, undefined, { as });

async function outside(api: Api): Promise<string> {
  const network = { name: 'public', 'router:external': true, is_default: true };
  const { id } = (await api.call('POST', '/v2.0/networks', { network })).body.network;
  const subnet = { network_id: id, ip_version: 4, cidr: '172.24.4.0/24' };
  assert.equal((await api.call('POST', '/v2.0/subnets', { subnet })).status, 201);
  return id;
}

const pool = (api: Api, prefix: string, length: number) =>
  api.call('POST', '/v2.0/subnetpools', {
    subnetpool: { name: 'usual', prefixes: [prefix], default_prefixlen: length, is_default: true, shared: true },
  });

test('a project that asks gets a network with a way out, once', async (t) => {
  const api = await apiUnderTest(t);
  const dry = { query: '?fields=dry-run' };
  const failure = '409 AutoAllocationFailure Deployment error:';
  assert.equal(told(await topology(api, 'GET', dry)), `${failure} No default router:external network.`);
  const external = await outside(api);
  assert.equal(told(await topology(api, 'GET', dry)), `${failure} No default subnetpools defined.`);
  assert.equal(told(await topology(api)), `${failure} No default subnetpools defined.`);
  await pool(api, '10.0.0.0/16', 24);
  await pool(api, 'fd00::/48', 64);
  assert.deepEqual((await topology(api, 'GET', dry)).body.auto_allocated_topology, {
    id: 'dry-run=pass',
    tenant_id: 'blue',
    project_id: 'blue',
  });
  assert.deepEqual((await api.call('GET', '/v2.0/networks?project_id=blue')).body.networks, []);

  const replies = await Promise.all([topology(api), topology(api, 'GET', { project: 'None' }), topology(api)]);
  const ids = new Set(replies.map((reply) => reply.body.auto_allocated_topology?.id));
  assert.equal(ids.size, 1, JSON.stringify(replies.map(told)));
  const mine = async (path: string) => (await api.call('GET', `/v2.0/${path}`, undefined, { as: 'blue' })).body;
  const { networks } = await mine('networks?router:external=false');
  assert.deepEqual(
    networks.map((one: Values) => [one['id'], one['name'], one['project_id']]),
    [[[...ids][0], 'auto_allocated_network', 'blue']],
  );
  const { subnets } = await mine('subnets');
  assert.deepEqual(subnets.map((one: Values) => `${one['name']} ${one['cidr']}`).sort(), [
    'auto_allocated_subnet_v4 10.0.0.0/24',
    'auto_allocated_subnet_v6 fd00::/64',
  ]);
  const { routers } = await mine('routers');
  assert.deepEqual([routers.length, routers[0].external_gateway_info.network_id], [1, external]);
  assert.equal((await mine('ports?device_owner=network:router_interface')).ports.length, 2);

  assert.equal(told(await topology(api, 'GET', { project: 'red' })), '403 NotAuthorized Not authorized.');
  assert.equal(
    told(await topology(api, 'GET', { query: '?fields=id' })),
    '400 BadRequest Bad auto_allocate request: Unrecognized field.',
  );
  assert.equal((await topology(api, 'DELETE')).status, 204);
  assert.equal((await topology(api, 'DELETE')).status, 204, 'there is none to remove');
  assert.deepEqual(
    [(await mine('routers')).routers, (await mine('subnets')).subnets, (await mine('ports')).ports],
    [[], [], []],
  );
});

test('one external network is the default', async (t) => {
  const api = await apiUnderTest(t);
  const network = async (more: Values) => api.call('POST', '/v2.0/networks', { network: more });
  const first = (await network({ 'router:external': true, is_default: true })).body.network;
  const second = (await network({ 'router:external': true })).body.network;
  assert.deepEqual([first.is_default, second.is_default], [true, false]);
  const exists = `409 DefaultExternalNetworkExists A default external network already exists: ${first.id}.`;
  assert.equal(told(await network({ 'router:external': true, is_default: true })), exists);
  const put = async (id: string, more: Values) => api.call('PUT', `/v2.0/networks/${id}`, { network: more });
  assert.equal(told(await put(second.id, { is_default: true })), exists);
  const inside = (await network({ is_default: true })).body.network;
  const shown = (await api.call('GET', `/v2.0/networks/${inside.id}`)).body.network;
  assert.deepEqual([inside.is_default, 'is_default' in shown], [false, false]);
  assert.equal((await put(first.id, { 'router:external': false })).status, 200);
  assert.equal((await put(second.id, { is_default: true })).body.network.is_default, true);
  const both = await Promise.all([
    put(second.id, { is_default: false }),
    network({ 'router:external': true, is_default: true }),
  ]);
  assert.ok(both.every(({ status }) => status < 500));
  const member = await api.call('POST', '/v2.0/networks', { network: { is_default: true } }, { as: 'blue' });
  assert.equal(
    told(member),
    '403 PolicyNotAuthorized (rule:create_network and rule:create_network:is_default) is disallowed by policy',
  );
});
