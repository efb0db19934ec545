import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest } from '../api-under-test.ts';

async function policy(api: Api, wanted: object = {}): Promise<string> {
  const reply = await api.call('POST', '/v2.0/qos/policies', { policy: wanted });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return reply.body.policy.id;
}

async function rule(api: Api, policyId: string, [type, wanted]: readonly [string, object]) {
  return api.call('POST', `/v2.0/qos/policies/${policyId}/${type}_rules`, { [`${type}_rule`]: wanted });
}

function fault(reply: { status: number; body: { NeutronError?: { type: string } } }) {
  return `${reply.status} ${reply.body.NeutronError?.type}`;
}

test('rules of a policy are listed, changed and taken by either path, and each change is one of the policy', async (t) => {
  const api = await apiUnderTest(t);
  const id = await policy(api, { name: 'gold' });
  const made = [
    await rule(api, id, ['bandwidth_limit', { max_kbps: '1000' }]),
    await rule(api, id, ['bandwidth_limit', { max_kbps: 500, direction: 'ingress' }]),
    await rule(api, id, ['packet_rate_limit', { max_kpps: 10 }]),
    await rule(api, id, ['minimum_packet_rate', { min_kpps: 5, direction: 'any' }]),
  ];
  assert.deepEqual(
    made.map((reply) => reply.status),
    [201, 201, 201, 201],
  );
  const limit = made[0]?.body.bandwidth_limit_rule;
  assert.deepEqual(limit, { max_kbps: 1000, max_burst_kbps: 0, direction: 'egress', id: limit.id });

  const listed = await api.call('GET', `/v2.0/qos/policies/${id}/bandwidth_limit_rules?direction=ingress`);
  assert.deepEqual(
    listed.body.bandwidth_limit_rules.map((one: { max_kbps: number }) => one.max_kbps),
    [500],
  );
  const alias = `/v2.0/qos/alias-bandwidth-limit-rules/${limit.id}`;
  const changed = await api.call('PUT', alias, { alias_bandwidth_limit_rule: { max_kbps: 7 } });
  assert.equal(changed.body.alias_bandwidth_limit_rule.max_kbps, 7);
  const whole = await api.call('GET', `/v2.0/qos/policies/${id}`);
  assert.deepEqual(whole.body.policy.rules.map((one: { type: string }) => one.type).sort(), [
    'bandwidth_limit',
    'bandwidth_limit',
    'minimum_packet_rate',
    'packet_rate_limit',
  ]);
  assert.equal(whole.body.policy.revision_number, 5);
  assert.equal((await api.call('DELETE', alias)).status, 204);
  const gone = await api.call('GET', `/v2.0/qos/policies/${id}/bandwidth_limit_rules/${limit.id}`);
  assert.equal(gone.body.NeutronError.message, `QoS rule ${limit.id} for policy ${id} could not be found.`);
  const goneByAlias = await api.call('GET', alias);
  assert.equal(goneByAlias.body.NeutronError.message, `QoS rule ${limit.id} for policy  could not be found.`);
  assert.equal((await api.call('POST', '/v2.0/qos/alias-bandwidth-limit-rules', {})).status, 404);
});

test('rules that contradict each other are refused', async (t) => {
  const api = await apiUnderTest(t);
  const id = await policy(api);
  const ingress = await rule(api, id, ['bandwidth_limit', { max_kbps: 1000, direction: 'ingress' }]);
  await rule(api, id, ['bandwidth_limit', { max_kbps: 1000 }]);
  await rule(api, id, ['minimum_packet_rate', { min_kpps: 5 }]);
  await rule(api, id, ['dscp_marking', { dscp_mark: 26 }]);
  const turned = await api.call(
    'PUT',
    `/v2.0/qos/policies/${id}/bandwidth_limit_rules/${ingress.body.bandwidth_limit_rule.id}`,
    { bandwidth_limit_rule: { direction: 'egress' } },
  );
  assert.equal(fault(turned), '409 QoSRulesConflict');
  assert.equal(fault(await rule(api, id, ['dscp_marking', { dscp_mark: 8 }])), '409 QoSRulesConflict');
  const twice = await api.call('POST', `/v2.0/qos/policies/${id}/packet_rate_limit_rules`, {
    packet_rate_limit_rules: [{ max_kpps: 1 }, { max_kpps: 2 }],
  });
  assert.equal(fault(twice), '409 QoSRulesConflict');
  const promise = await rule(api, id, ['minimum_bandwidth', { min_kbps: 1001 }]);
  assert.equal(fault(promise), '409 QoSRuleParameterConflict');
  assert.match(promise.body.NeutronError.message, /value 1001 .* type bandwidth_limit has value 1000\.$/);
  const mixed = await rule(api, id, ['minimum_packet_rate', { min_kpps: 5, direction: 'any' }]);
  assert.equal(fault(mixed), '409 QoSRuleParameterConflict');
});

test('a project has one default policy, and its networks begin with it', async (t) => {
  const api = await apiUnderTest(t);
  const id = await policy(api, { project_id: 'blue', is_default: true, shared: false });
  const second = await api.call('POST', '/v2.0/qos/policies', { policy: { project_id: 'blue', is_default: true } });
  assert.equal(fault(second), '409 QoSPolicyDefaultAlreadyExists');
  assert.equal(second.body.NeutronError.message, 'A default QoS policy exists for project blue.');
  const network = await api.call('POST', '/v2.0/networks', { network: {} }, { as: 'blue' });
  assert.equal(network.body.network.qos_policy_id, id);
  const other = await api.call('POST', '/v2.0/networks', { network: {} }, { as: 'red' });
  assert.equal(other.body.network.qos_policy_id, null);

  const path = `/v2.0/ports`;
  const port = { network_id: network.body.network.id };
  const made = await api.call('POST', path, { port }, { as: 'blue' });
  assert.equal(made.body.port.qos_policy_id, null);
  assert.equal(made.body.port.qos_network_policy_id, id);
  const inUse = await api.call('DELETE', `/v2.0/qos/policies/${id}`);
  assert.equal(fault(inUse), '409 QosPolicyInUse');
  assert.equal(inUse.body.NeutronError.message, `QoS Policy ${id} is used by network ${port.network_id}.`);
});

test('who may see, use and take off a policy', async (t) => {
  const api = await apiUnderTest(t);
  const hidden = await policy(api);
  const shared = await policy(api, { shared: true });
  await rule(api, shared, ['dscp_marking', { dscp_mark: 8 }]);
  const { id } = (await api.call('POST', '/v2.0/networks', { network: {} }, { as: 'blue' })).body.network;
  const put = (qos: string | null, as: string) =>
    api.call('PUT', `/v2.0/networks/${id}`, { network: { qos_policy_id: qos } }, { as });
  assert.equal(fault(await put(hidden, 'blue')), '404 QosPolicyNotFound');
  assert.equal((await put(shared, 'blue')).status, 200);
  assert.equal((await put(hidden, 'admin')).status, 200);
  assert.equal(fault(await put(null, 'blue')), '403 PolicyRemoveAuthorizationError');
  assert.equal((await put(shared, 'admin')).body.network.qos_policy_id, shared);
  const unshared = await api.call('PUT', `/v2.0/qos/policies/${shared}`, { policy: { shared: false } });
  assert.equal(unshared.status, 409, 'somebody uses it');
  assert.equal((await put(null, 'blue')).status, 200);

  const seen = await api.call('GET', `/v2.0/qos/policies/${shared}/dscp_marking_rules`, undefined, { as: 'blue' });
  assert.equal(seen.body.dscp_marking_rules.length, 1);
  const unseen = await api.call('GET', `/v2.0/qos/policies/${hidden}/dscp_marking_rules`, undefined, { as: 'blue' });
  assert.equal(fault(unseen), '404 QosPolicyNotFound');
  const refused = await api.call(
    'POST',
    `/v2.0/qos/policies/${shared}/dscp_marking_rules`,
    {
      dscp_marking_rule: { dscp_mark: 10 },
    },
    { as: 'blue' },
  );
  assert.equal(refused.body.NeutronError.message, 'rule:create_policy_dscp_marking_rule is disallowed by policy');
});

test('promises of bandwidth need a physical network, and bind the hosts of compute ports', async (t) => {
  const api = await apiUnderTest(t);
  const id = await policy(api, { name: 'promise' });
  const network = (await api.call('POST', '/v2.0/networks', { network: {} })).body.network.id;
  const port = { network_id: network, qos_policy_id: id, device_owner: 'compute:nova' };
  const made = (await api.call('POST', '/v2.0/ports', { port })).body.port;
  const added = await rule(api, id, ['minimum_bandwidth', { min_kbps: 100 }]);
  assert.equal(added.body.NeutronError.message, `Rule minimum_bandwidth is not supported by port ${made.id}`);
  const packets = await rule(api, id, ['minimum_packet_rate', { min_kpps: 100 }]);
  assert.equal(packets.status, 501);
  await api.call('PUT', `/v2.0/ports/${made.id}`, { port: { qos_policy_id: null } });
  const [minimum, rate] = [
    await rule(api, id, ['minimum_bandwidth', { min_kbps: 100 }]),
    await rule(api, id, ['minimum_packet_rate', { min_kpps: 9, direction: 'ingress' }]),
  ];
  assert.deepEqual([minimum.status, rate.status], [201, 201]);
  assert.equal(fault(await api.call('POST', '/v2.0/ports', { port })), '409 QosRuleNotSupported');
  const used = await api.call('POST', '/v2.0/networks', { network: { qos_policy_id: id } });
  assert.equal(fault(used), '409 QosRuleNotSupportedByNetwork');

  await api.call(
    'DELETE',
    `/v2.0/qos/policies/${id}/minimum_bandwidth_rules/${minimum.body.minimum_bandwidth_rule.id}`,
  );
  const asking = (await api.call('POST', '/v2.0/ports', { port: { ...port, device_owner: '' } })).body.port;
  const [group] = asking.resource_request.request_groups;
  assert.deepEqual(asking.resource_request.same_subtree, [group.id]);
  assert.match(group.id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(group.required, ['CUSTOM_VNIC_TYPE_NORMAL']);
  assert.deepEqual(group.resources, { NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC: 9 });
});

test('types of rules are told to everybody, their details to admins', async (t) => {
  const api = await apiUnderTest(t);
  const listed = async (query = '') =>
    (await api.call('GET', `/v2.0/qos/rule-types${query}`, undefined, { as: 'blue' })).body.rule_types.map(
      (one: { type: string }) => one.type,
    );
  assert.deepEqual([(await listed()).length, (await listed('?all_rules=true')).length], [0, 5]);
  assert.equal((await api.call('GET', '/v2.0/qos/rule-types?frob=1')).status, 400);
  assert.equal((await api.call('GET', '/v2.0/qos/rule-types?all_rules=perhaps')).status, 400);
  assert.equal((await api.call('GET', '/v2.0/qos/rule-types/dscp_marking', undefined, { as: 'blue' })).status, 403);
  assert.equal((await api.call('GET', '/v2.0/qos/rule-types/frob')).status, 404);
});

test('a type of rule is supported by a driver when all of its hosts enforce it', async (t) => {
  const api = await apiUnderTest(t);
  const say = (name: string, driver: string, ...types: string[]) =>
    api.store.query('INSERT INTO hosts (name, driver, facts) VALUES ($1, $2, $3)', [
      name,
      driver,
      JSON.stringify({ abilities: Object.fromEntries(types.map((type) => [`qos_${type}`, true])) }),
    ]);
  const types = async (query = '') =>
    (await api.call('GET', `/v2.0/qos/rule-types${query}`)).body.rule_types.map((one: { type: string }) => one.type);
  const drivers = async (type: string) =>
    (await api.call('GET', `/v2.0/qos/rule-types/${type}`)).body.rule_type.drivers.map(
      (one: { name: string }) => one.name,
    );
  await say('a', 'ovs', 'dscp_marking', 'bandwidth_limit');
  await say('b', 'ovs', 'dscp_marking');
  await api.store.query(`INSERT INTO hosts (name, driver) VALUES ('never here', 'bridge')`);
  assert.deepEqual(await types(), ['dscp_marking']);
  assert.deepEqual(await drivers('bandwidth_limit'), []);
  await say('c', 'bridge');
  assert.deepEqual([await types(), await types('?all_supported=true')], [[], ['dscp_marking']]);
  assert.deepEqual([await drivers('dscp_marking'), await drivers('minimum_bandwidth')], [['ovs'], []]);
});

test('a policy is tagged by either path', async (t) => {
  const api = await apiUnderTest(t);
  const id = await policy(api);
  assert.equal((await api.call('PUT', `/v2.0/policies/${id}/tags/red`)).status, 201);
  assert.deepEqual((await api.call('GET', `/v2.0/qos/policies/${id}/tags`)).body, { tags: ['red'] });
  assert.equal((await api.call('GET', '/v2.0/qos/policies?tags=red')).body.policies.length, 1);
  assert.equal((await api.call('DELETE', `/v2.0/policies/${id}/tags`)).status, 204);
  assert.deepEqual((await api.call('GET', `/v2.0/policies/${id}/tags`)).body, { tags: [] });
});
