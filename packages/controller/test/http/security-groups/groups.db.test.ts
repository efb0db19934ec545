import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Api, apiUnderTest, type CallOptions, type Reply } from '../api-under-test.ts';

const BLUE = { as: 'blue' };
const RED = { as: 'red' };

type Json = Record<string, unknown>;

interface Cloud extends Api {
  make(resource: string, values: Json, options?: CallOptions): Promise<Reply>;
  /** The object made; the test fails when it was not. */
  made(resource: string, values: Json, options?: CallOptions): Promise<Reply['body']>;
}

async function cloud(t: TestContext): Promise<Cloud> {
  const api = await apiUnderTest(t);
  const make: Cloud['make'] = (resource, values, options = BLUE) =>
    api.call('POST', `/v2.0/${resource.replaceAll('_', '-')}s`, { [resource]: values }, options);
  return {
    ...api,
    make,
    async made(resource, values, options) {
      const reply = await make(resource, values, options);
      assert.equal(reply.status, 201, JSON.stringify(reply.body));
      return reply.body[resource];
    },
  };
}

function refused({ status, body }: Reply): string {
  return `${status} ${body?.NeutronError?.type}`;
}

test('a project has one default group, whoever asks first and how many at once', async (t) => {
  const api = await cloud(t);
  const network = await api.made('network', { port_security_enabled: true });
  const [ports, lists] = await Promise.all([
    Promise.all(Array.from({ length: 8 }, () => api.made('port', { network_id: network.id }))),
    Promise.all(Array.from({ length: 8 }, () => api.call('GET', '/v2.0/security-groups', undefined, BLUE))),
  ]);
  const groups = new Set([
    ...ports.flatMap((port) => port.security_groups),
    ...lists.flatMap((list) => list.body.security_groups.map((group: Json) => group['id'])),
  ]);
  assert.equal(groups.size, 1);
  const { body } = await api.call('GET', '/v2.0/security-group-rules', undefined, BLUE);
  const ways = body.security_group_rules.map(
    (rule: { direction: string; ethertype: string; remote_group_id: string | null }) =>
      `${rule.direction} ${rule.ethertype} ${rule.remote_group_id === null ? 'any' : 'itself'}`,
  );
  assert.deepEqual(ways.sort(), ['egress IPv4 any', 'egress IPv6 any', 'ingress IPv4 itself', 'ingress IPv6 itself']);
});

test('lists make the default group of the caller; only an admin makes that of others', async (t) => {
  const api = await cloud(t);
  const projects = async () =>
    (await api.store.query<Json>('SELECT project_id FROM security_groups ORDER BY 1')).map((row) => row['project_id']);
  await api.call('GET', '/v2.0/security-groups?project_id=red', undefined, { as: 'blue reader' });
  assert.deepEqual(await projects(), []);
  await api.call('GET', '/v2.0/security-group-rules', undefined, { as: 'blue reader' });
  assert.deepEqual(await projects(), ['blue']);
  const { body } = await api.call('GET', '/v2.0/security-groups?tenant_id=red');
  assert.deepEqual(await projects(), ['blue', 'red']);
  assert.equal(body.security_groups.length, 1);
});

test('the default group stays, but an admin may take it away, and it comes back', async (t) => {
  const api = await cloud(t);
  const list = async () => (await api.call('GET', '/v2.0/security-groups', undefined, BLUE)).body.security_groups;
  const [{ id }] = await list();
  const path = `/v2.0/security-groups/${id}`;
  const put = (values: Json) => api.call('PUT', path, { security_group: values }, BLUE);
  assert.equal(refused(await put({ name: 'x' })), '409 SecurityGroupCannotUpdateDefault');
  assert.equal((await put({ description: 'ours' })).body.security_group.description, 'ours');
  assert.equal(refused(await put({ name: 'Default' })), '409 SecurityGroupDefaultAlreadyExists');
  assert.equal(refused(await api.call('DELETE', path, undefined, BLUE)), '409 SecurityGroupCannotRemoveDefault');
  const network = await api.made('network', {});
  const port = await api.made('port', { network_id: network.id });
  assert.equal(refused(await api.call('DELETE', path, undefined, BLUE)), '409 SecurityGroupInUse');
  assert.equal(refused(await api.call('DELETE', path)), '409 SecurityGroupInUse');
  assert.equal((await api.call('DELETE', `/v2.0/ports/${port.id}`, undefined, BLUE)).status, 204);
  assert.equal((await api.call('DELETE', path)).status, 204);
  const [again] = await list();
  assert.equal(again.name, 'default');
  assert.notEqual(again.id, id);
});

test('a group that ports have keeps its kind, and ports have groups of one kind', async (t) => {
  const api = await cloud(t);
  const stateful = await api.made('security_group', { name: 'a' });
  const stateless = await api.made('security_group', { name: 'b', stateful: false });
  const network = await api.made('network', {});
  const wanted = { network_id: network.id, security_groups: [stateful.id, stateless.id] };
  const mixed = await api.make('port', wanted);
  assert.equal(refused(mixed), '409 SecurityGroupConflict');
  assert.equal(
    mixed.body.NeutronError.message,
    'Error Cannot apply both stateful and stateless security groups on the same port at the same time while attempting the operation.',
  );
  const port = await api.made('port', { network_id: network.id, security_groups: [stateless.id] });
  const put = (value: boolean) =>
    api.call('PUT', `/v2.0/security-groups/${stateless.id}`, { security_group: { stateful: value } }, BLUE);
  assert.equal(refused(await put(true)), '409 SecurityGroupInUse');
  assert.equal((await put(false)).status, 200);
  await api.call('PUT', `/v2.0/ports/${port.id}`, { port: { security_groups: [] } }, BLUE);
  assert.equal((await put(true)).body.security_group.stateful, true);
});

test('groups of others cannot be seen or given; shared ones can, but only their owner makes rules in them', async (t) => {
  const api = await cloud(t);
  const theirs = await api.made('security_group', { name: 'theirs' }, RED);
  const mine = await api.made('security_group', { name: 'mine' });
  const network = await api.made('network', {});
  const rule = (values: Json) => api.make('security_group_rule', { direction: 'ingress', ...values });
  assert.equal((await api.call('GET', `/v2.0/security-groups/${theirs.id}`, undefined, BLUE)).status, 404);
  assert.equal(refused(await rule({ security_group_id: theirs.id })), '404 SecurityGroupNotFound');
  const toTheirs = { security_group_id: mine.id, remote_group_id: theirs.id };
  assert.equal(refused(await rule(toTheirs)), '404 SecurityGroupNotFound');
  const ofTheirs = { network_id: network.id, security_groups: [theirs.id] };
  assert.equal(refused(await api.make('port', ofTheirs)), '404 SecurityGroupNotFound');

  const policy = {
    object_type: 'security_group',
    object_id: theirs.id,
    action: 'access_as_shared',
    target_tenant: 'blue',
  };
  const shared = await api.call('POST', '/v2.0/rbac-policies', { rbac_policy: policy }, RED);
  assert.equal(shared.status, 201, JSON.stringify(shared.body));
  const seen = await api.call('GET', `/v2.0/security-groups/${theirs.id}`, undefined, BLUE);
  assert.equal(seen.body.security_group.shared, true);
  const { body } = await api.call('GET', '/v2.0/security-groups?shared=true', undefined, BLUE);
  assert.deepEqual(
    body.security_groups.map((group: Json) => group['name']),
    ['theirs'],
  );
  assert.equal(refused(await rule({ security_group_id: theirs.id })), '403 PolicyNotAuthorized');
  assert.equal((await rule(toTheirs)).status, 201);
  assert.deepEqual((await api.made('port', ofTheirs)).security_groups, [theirs.id]);
  const unshared = await api.call('DELETE', `/v2.0/rbac-policies/${shared.body.rbac_policy.id}`, undefined, RED);
  assert.equal(refused(unshared), '409 RbacPolicyInUse');
  const gone = await api.call('DELETE', `/v2.0/security-groups/${theirs.id}`, undefined, RED);
  assert.equal(refused(gone), '409 SecurityGroupInUse');
});

test('a group goes with its rules and those that name it, and its revision moves on with its rules', async (t) => {
  const api = await cloud(t);
  const a = await api.made('security_group', { name: 'a' });
  const b = await api.made('security_group', { name: 'b' });
  const rule = await api.made('security_group_rule', {
    security_group_id: a.id,
    direction: 'ingress',
    remote_group_id: b.id,
  });
  const revision = async () =>
    (await api.call('GET', `/v2.0/security-groups/${a.id}`, undefined, BLUE)).body.security_group.revision_number;
  assert.equal(await revision(), a.revision_number + 1);
  assert.equal((await api.call('DELETE', `/v2.0/security-groups/${b.id}`, undefined, BLUE)).status, 204);
  const path = `/v2.0/security-group-rules/${rule.id}`;
  assert.equal(refused(await api.call('GET', path, undefined, BLUE)), '404 SecurityGroupRuleNotFound');
  const other = await api.made('security_group_rule', { security_group_id: a.id, direction: 'ingress' });
  await api.call('DELETE', `/v2.0/security-group-rules/${other.id}`, undefined, BLUE);
  assert.equal(await revision(), a.revision_number + 3);
});

test('no rule is there twice, however it is spelled and however many ask at once', async (t) => {
  const api = await cloud(t);
  const group = await api.made('security_group', {});
  const base = { security_group_id: group.id, direction: 'ingress' };
  const make = (values: Json) => api.make('security_group_rule', { ...base, ...values });
  const atOnce = (values: Json) => Promise.all(Array.from({ length: 6 }, () => make(values)));
  // The first round opens the connections that the second one meets on.
  await atOnce({ protocol: 'vrrp' });
  const tries = await atOnce({ protocol: 'tcp' });
  assert.deepEqual(
    tries.map((reply) => reply.status).sort((a, b) => a - b),
    [201, 409, 409, 409, 409, 409],
  );
  const { id } = tries.find((reply) => reply.status === 201)?.body.security_group_rule ?? {};
  for (const same of [
    { protocol: 6 },
    { protocol: 'TCP', remote_ip_prefix: '0.0.0.0/0' },
    { protocol: 'tcp', port_range_min: 1, port_range_max: 65535 },
  ]) {
    const reply = await make(same);
    assert.equal(refused(reply), '409 SecurityGroupRuleExists');
    assert.equal(reply.body.NeutronError.message, `Security group rule already exists. Rule id is ${id}.`);
  }
  for (const other of [
    { protocol: 'tcp', ethertype: 'ipv6' },
    { protocol: 'ip' },
    { protocol: 'hopopt' },
    { protocol: 'tcp', remote_ip_prefix: '10.0.0.0/8' },
    { protocol: 'tcp', remote_ip_prefix: '10.0.0.1/8' },
    { protocol: 'tcp', port_range_min: 80, port_range_max: 80 },
    { protocol: 'tcp', direction: 'egress' },
  ]) {
    assert.equal((await make(other)).status, 201, JSON.stringify(other));
  }
  const twice = { ...base, protocol: 'udp' };
  const bulk = await api.call('POST', '/v2.0/security-group-rules', { security_group_rules: [twice, twice] }, BLUE);
  assert.equal(refused(bulk), '409 SecurityGroupRuleExists');
  assert.equal((await make({ protocol: 'udp' })).status, 201);
});

test('rules are kept so that a compiler need not read them again', async (t) => {
  const api = await cloud(t);
  const group = await api.made('security_group', {});
  await api.made('security_group_rule', {
    security_group_id: group.id,
    direction: 'ingress',
    ethertype: 'IPv6',
    protocol: 'icmp',
    port_range_min: 128,
    remote_ip_prefix: '2001:DB8::7/32',
  });
  const [row] = await api.store.query<Json>(
    `SELECT protocol_number, port_range_min, port_range_max, normalized_cidr FROM security_group_rules r WHERE security_group_id = $1 AND direction = 'ingress'`,
    [group.id],
  );
  assert.deepEqual(row, {
    protocol_number: 58,
    port_range_min: 128,
    port_range_max: null,
    normalized_cidr: '2001:db8::/32',
  });
});

test('rules cannot be changed, and are found by what they say', async (t) => {
  const api = await cloud(t);
  const group = await api.made('security_group', {});
  const make = (values: Json) =>
    api.made('security_group_rule', { security_group_id: group.id, direction: 'ingress', ...values });
  const rule = await make({ protocol: 'tcp', port_range_min: 22, port_range_max: 23, remote_ip_prefix: '10.1.2.3/8' });
  const put = await api.call(
    'PUT',
    `/v2.0/security-group-rules/${rule.id}`,
    { security_group_rule: { description: 'x' } },
    BLUE,
  );
  assert.equal(put.status, 400);
  assert.equal(put.body.NeutronError.message, 'Cannot update read-only attribute description');
  for (const query of [
    'protocol=tcp',
    'port_range_min=22',
    'remote_ip_prefix=10.1.2.3/8',
    'normalized_cidr=10.0.0.0/8',
  ]) {
    const { body } = await api.call('GET', `/v2.0/security-group-rules?${query}`, undefined, BLUE);
    assert.deepEqual(
      body.security_group_rules.map((one: Json) => one['id']),
      [rule.id],
      query,
    );
  }
});

test('what names no object is answered so', async (t) => {
  const api = await cloud(t);
  const group = await api.made('security_group', {});
  const make = (values: Json) => api.make('security_group_rule', { direction: 'ingress', ...values });
  assert.equal(refused(await make({})), '400 HTTPBadRequest');
  assert.equal(refused(await make({ security_group_id: 'x' })), '404 SecurityGroupNotFound');
  assert.equal(refused(await make({ security_group_id: group.id, remote_group_id: 'x' })), '404 SecurityGroupNotFound');
  const unknown = { security_group_id: group.id, remote_address_group_id: '00000000-0000-0000-0000-000000000000' };
  assert.equal(refused(await make(unknown)), '404 AddressGroupNotFound');
  assert.equal((await make({ security_group_id: group.id, remote_group_id: '' })).status, 201);
});

test('default groups and the rules of new groups count', async (t) => {
  const api = await cloud(t);
  for (let i = 1; i < 10; i++) await api.made('security_group', {});
  assert.equal(refused(await api.make('security_group', {})), '409 OverQuota');
  const used = await api.store.query<Json>(
    `SELECT resource, used FROM quota_usage WHERE project_id = 'blue' AND resource LIKE 'security%' ORDER BY 1`,
  );
  assert.deepEqual(used, [
    { resource: 'security_group', used: 10 },
    { resource: 'security_group_rule', used: 22 },
  ]);
});

test('a project that may have no group lists none, and has no secured port', async (t) => {
  const api = await cloud(t);
  await api.store.query(`INSERT INTO quota_limits VALUES ('blue', 'security_group', 0)`);
  const list = await api.call('GET', '/v2.0/security-groups', undefined, BLUE);
  assert.deepEqual(list.body, { security_groups: [] });
  const network = await api.made('network', {});
  assert.equal(refused(await api.make('port', { network_id: network.id })), '409 OverQuota');
  assert.equal((await api.make('port', { network_id: network.id, security_groups: [] })).status, 201);
});
