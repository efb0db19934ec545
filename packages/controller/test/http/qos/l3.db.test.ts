import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiUnderTest } from '../api-under-test.ts';

test('floating IPs and gateways have policies', async (t) => {
  const api = await apiUnderTest(t);
  const made = async (path: string, body: Record<string, object>) => {
    const reply = await api.call('POST', `/v2.0/${path}`, body);
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    return Object.values(reply.body)[0] as Record<string, unknown> & { id: string };
  };
  const policy = await made('qos/policies', { policy: { name: 'gold' } });
  const external = await made('networks', { network: { 'router:external': true } });
  await made('subnets', { subnet: { network_id: external.id, ip_version: 4, cidr: '172.24.4.0/24' } });
  const floating = await made('floatingips', {
    floatingip: { floating_network_id: external.id, qos_policy_id: policy.id },
  });
  assert.deepEqual([floating['qos_policy_id'], floating['qos_network_policy_id']], [policy.id, null]);
  const router = await made('routers', {
    router: { external_gateway_info: { network_id: external.id, qos_policy_id: policy.id } },
  });
  const policyOf = (shown: Record<string, unknown>) =>
    (shown['external_gateway_info'] as { qos_policy_id?: string | null }).qos_policy_id;
  assert.equal(policyOf(router), policy.id);
  const put = async (info: object | null) =>
    (await api.call('PUT', `/v2.0/routers/${router.id}`, { router: { external_gateway_info: info } })).body;
  assert.equal(policyOf((await put({ network_id: external.id })).router), policy.id, 'it stays when nothing is said');
  const nobody = '00000000-0000-0000-0000-000000000000';
  assert.equal((await put({ network_id: external.id, qos_policy_id: nobody })).NeutronError.type, 'QosPolicyNotFound');
  const removal = async () => (await api.call('DELETE', `/v2.0/qos/policies/${policy.id}`)).body;
  assert.equal((await removal()).NeutronError.message, `QoS Policy ${policy.id} is used by fip ${floating.id}.`);
  await api.call('PUT', `/v2.0/floatingips/${floating.id}`, { floatingip: { qos_policy_id: null } });
  assert.equal((await removal()).NeutronError.message, `QoS Policy ${policy.id} is used by router ${router.id}.`);
  await put(null);
  assert.equal(policyOf((await put({ network_id: external.id })).router), undefined, 'it went with the gateway');
  assert.equal((await api.call('DELETE', `/v2.0/qos/policies/${policy.id}`)).status, 204);
});

test('a floating IP says the policy of its network', async (t) => {
  const api = await apiUnderTest(t);
  const made = async (path: string, body: Record<string, object>) =>
    Object.values((await api.call('POST', `/v2.0/${path}`, body)).body)[0] as Record<string, string>;
  const { id: qos_policy_id } = await made('qos/policies', { policy: { name: 'gold' } });
  const network = await made('networks', { network: { 'router:external': true, qos_policy_id } });
  await made('subnets', { subnet: { network_id: network['id'], ip_version: 4, cidr: '172.24.4.0/24' } });
  const floating = await made('floatingips', { floatingip: { floating_network_id: network['id'] } });
  assert.deepEqual([floating['qos_policy_id'], floating['qos_network_policy_id']], [null, qos_policy_id]);
  const path = `/v2.0/floatingips/${floating['id']}`;
  assert.equal((await api.call('PUT', path, { floatingip: { qos_network_policy_id: null } })).status, 400);
});
