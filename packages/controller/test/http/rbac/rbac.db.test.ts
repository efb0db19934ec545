import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest } from '../api-under-test.ts';
import { ADMIN, captured, play } from '../replay.ts';

const TINY = '84367272-eb17-4939-b6c5-327b2bb12a36';

test('a real server’s exchanges about RBAC policies are answered alike', async (t) => {
  const api = await apiUnderTest(t);
  await api.store.query(`INSERT INTO networks (id, project_id, name, mtu, vni) VALUES ($1, $2, 'tiny', 1450, 7)`, [
    TINY,
    ADMIN,
  ]);
  await api.store.query(
    `INSERT INTO subnets (project_id, network_id, ip_version, cidr) VALUES ($1, $2, 4, '10.66.0.0/30')`,
    [ADMIN, TINY],
  );
  const replay = { api, names: new Map<string, string>(), ownValues: /^revision_number$/ };
  for (const exchange of captured('rbac')) {
    if (exchange.title !== 'list') await play(t, { file: 'rbac', exchange }, replay);
  }
});

type Json = Record<string, unknown>;

async function outcome(api: Api, as: string, method: string, path: string, body?: unknown): Promise<string> {
  const answer = await api.call(method, path, body, { as });
  return [answer.status, answer.body?.NeutronError?.type].filter(Boolean).join(' ');
}

async function make(api: Api, as: string, kind: string, object: Json): Promise<Json & { id: string }> {
  const path = kind === 'rbac_policy' ? 'rbac-policies' : `${kind}s`;
  const answer = await api.call('POST', `/v2.0/${path}`, { [kind]: object }, { as });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body[kind];
}

const policy = (object_id: string, target_tenant: string, more: Json = {}) => ({
  object_type: 'network',
  object_id,
  action: 'access_as_shared',
  target_tenant,
  ...more,
});

test('a network is there for those that a policy is for, as long as it is', async (t) => {
  const api = await apiUnderTest(t);
  const network = await make(api, 'blue', 'network', {});
  const path = `/v2.0/networks/${network.id}`;
  const shared = async (as: string) => (await api.call('GET', path, undefined, { as })).body.network?.shared;
  assert.deepEqual([await shared('green'), await shared('blue'), await shared('admin')], [undefined, false, false]);

  const made = await make(api, 'blue', 'rbac_policy', policy(network.id, 'green'));
  assert.deepEqual(Object.keys(made).sort(), [
    'action',
    'id',
    'object_id',
    'object_type',
    'project_id',
    'target_tenant',
    'tenant_id',
  ]);
  assert.deepEqual(
    [await shared('green'), await shared('red'), await shared('blue'), await shared('admin')],
    [true, undefined, false, false],
  );
  assert.equal(await outcome(api, 'green', 'PUT', path, { network: { name: 'x' } }), '403 PolicyNotAuthorized');
  assert.equal(await outcome(api, 'red', 'PUT', path, { network: { name: 'x' } }), '404 NetworkNotFound');
  for (const [as, filter, count] of [
    ['green', 'shared=True', 1],
    ['green', 'shared=false', 0],
    ['red', 'shared=True', 0],
    ['blue', 'shared=True', 0],
  ] as const) {
    const { body } = await api.call('GET', `/v2.0/networks?${filter}`, undefined, { as });
    assert.equal(body.networks.length, count, `${as} ${filter}`);
  }

  const port = await make(api, 'green', 'port', { network_id: network.id });
  const member = `/v2.0/rbac-policies/${made.id}`;
  assert.equal(await outcome(api, 'green', 'GET', member), '404 RbacPolicyNotFound');
  assert.equal(await outcome(api, 'blue', 'DELETE', member), '409 RbacPolicyInUse');
  assert.equal(
    await outcome(api, 'blue', 'PUT', member, { rbac_policy: { target_tenant: 'red' } }),
    '409 RbacPolicyInUse',
  );
  assert.equal(
    await outcome(api, 'blue', 'PUT', member, { rbac_policy: { target_tenant: '*' } }),
    '403 PolicyNotAuthorized',
  );
  assert.equal(await outcome(api, 'admin', 'PUT', member, { rbac_policy: { target_tenant: '*' } }), '200');
  assert.equal(await shared('red'), true);
  assert.equal(await outcome(api, 'admin', 'PUT', path, { network: { shared: false } }), '409 InvalidSharedSetting');
  assert.equal(await outcome(api, 'green', 'DELETE', `/v2.0/ports/${port.id}`), '204');
  assert.equal(await outcome(api, 'admin', 'PUT', path, { network: { shared: false } }), '200');
  assert.equal(await outcome(api, 'blue', 'GET', member), '404 RbacPolicyNotFound', 'gone with the attribute');
  assert.equal(await shared('red'), undefined);
  assert.equal(await outcome(api, 'admin', 'PUT', path, { network: { shared: true } }), '200');
  const { body } = await api.call('GET', `/v2.0/rbac-policies?object_id=${network.id}`, undefined, { as: 'blue' });
  assert.deepEqual(
    body.rbac_policies.map((one: Json) => one['target_tenant']),
    ['*'],
  );
  assert.equal(await outcome(api, 'blue', 'DELETE', path), '204');
  assert.equal(
    await outcome(api, 'blue', 'GET', `/v2.0/rbac-policies/${body.rbac_policies[0].id}`),
    '404 RbacPolicyNotFound',
  );
});

test('who may make policies, and which', async (t) => {
  const api = await apiUnderTest(t);
  const network = await make(api, 'blue', 'network', {});
  const common = await make(api, 'admin', 'network', { shared: true });
  const post = (as: string, object: Json) => outcome(api, as, 'POST', '/v2.0/rbac-policies', { rbac_policy: object });
  assert.equal(await post('blue', policy(network.id, '*')), '403 PolicyNotAuthorized');
  assert.equal(await post('green', policy(network.id, 'green')), '404 NetworkNotFound');
  assert.equal(await post('green', policy(common.id, 'green')), '400 InvalidInput');
  assert.equal(await post('blue reader', policy(network.id, 'green')), '403 PolicyNotAuthorized');
  assert.equal(await post('admin', policy(common.id, '*')), '409 DuplicateRbacPolicy');
  assert.equal(await post('admin', policy(network.id, '*', { object_type: ' NETWORK ' })), '201');
  for (const name of ['object_type', 'object_id', 'action', 'target_tenant']) {
    const { [name]: _, ...rest } = policy(network.id, 'green') as Json;
    assert.equal(await post('blue', rest), '400 HTTPBadRequest', name);
  }
  await api.call('PUT', '/v2.0/quotas/blue', { quota: { rbac_policy: 1 } });
  assert.equal(await post('blue', policy(network.id, 'green')), '201');
  assert.equal(await post('blue', policy(network.id, 'red')), '409 OverQuota');
});

test('an external network is seen by those it is external to, and is not shared', async (t) => {
  const api = await apiUnderTest(t);
  const outside = await make(api, 'admin', 'network', { 'router:external': true });
  const path = `/v2.0/networks/${outside.id}`;
  const seen = async (as: string) => {
    const { network } = (await api.call('GET', path, undefined, { as })).body;
    return network && [network['router:external'], network.shared];
  };
  assert.deepEqual(await seen('green'), [true, false]);
  assert.equal(await outcome(api, 'green', 'PUT', path, { network: { name: 'x' } }), '403 PolicyNotAuthorized');
  assert.equal(
    await outcome(api, 'green', 'POST', '/v2.0/networks', { network: { 'router:external': true } }),
    '403 PolicyNotAuthorized',
  );
  const { body } = await api.call('GET', `/v2.0/rbac-policies?object_id=${outside.id}`);
  assert.deepEqual(
    body.rbac_policies.map((one: Json) => [one['action'], one['target_tenant']]),
    [['access_as_external', '*']],
  );
  const external = async (value: boolean) =>
    (await api.call('GET', `/v2.0/networks?router:external=${value}`)).body.networks.length;
  assert.deepEqual([await external(true), await external(false)], [1, 0]);

  await make(api, 'admin', 'subnet', { network_id: outside.id, ip_version: 4, cidr: '198.18.0.0/24' });
  const router = await make(api, 'green', 'router', { external_gateway_info: { network_id: outside.id } });
  const all = `/v2.0/rbac-policies/${body.rbac_policies[0].id}`;
  assert.equal(await outcome(api, 'admin', 'DELETE', all), '409 RbacPolicyInUse');
  const inside = { network: { 'router:external': false } };
  assert.equal(await outcome(api, 'admin', 'PUT', path, inside), '409 ExternalNetworkInUse');
  assert.equal(await outcome(api, 'admin', 'PUT', path, { network: { is_default: true } }), '200');
  assert.equal(await outcome(api, 'green', 'DELETE', `/v2.0/routers/${router.id}`), '204');
  assert.equal(await outcome(api, 'admin', 'DELETE', all), '409 RbacPolicyInUse', 'it is everyone’s default');
  assert.equal(await outcome(api, 'admin', 'PUT', path, { network: { is_default: false } }), '200');
  assert.equal(await outcome(api, 'admin', 'PUT', path, inside), '200');
  assert.equal(await seen('green'), undefined);
  assert.deepEqual((await api.call('GET', '/v2.0/rbac-policies')).body.rbac_policies, []);
  const made = await make(api, 'admin', 'rbac_policy', policy(outside.id, 'green', { action: 'access_as_external' }));
  assert.deepEqual(await seen('green'), [true, false], 'a policy makes it external');
  assert.equal(await seen('red'), undefined);
  assert.equal(await outcome(api, 'admin', 'DELETE', `/v2.0/rbac-policies/${made.id}`), '204');
  assert.deepEqual(await seen('admin'), [false, false], 'and no policy, no external network');
});
