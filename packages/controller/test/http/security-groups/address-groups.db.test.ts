import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiUnderTest } from '../api-under-test.ts';

const BLUE = { as: 'blue' };

test('an address group is a set of prefixes that rules name', async (t) => {
  const api = await apiUnderTest(t);
  const addresses = ['10.0.0.7/24', '10.0.0.0/24', '2001:DB8::/64'];
  const made = await api.call('POST', '/v2.0/address-groups', { address_group: { name: 'a', addresses } }, BLUE);
  const { id } = made.body.address_group;
  assert.deepEqual(made.body.address_group, {
    id,
    name: 'a',
    project_id: 'blue',
    tenant_id: 'blue',
    addresses: ['10.0.0.0/24', '2001:db8::/64'],
    description: '',
  });
  const act = (what: string, list: unknown, as = BLUE) =>
    api.call('PUT', `/v2.0/address-groups/${id}/${what}_addresses`, { addresses: list }, as);

  const added = await act('add', ['10.0.1.9/32', '10.0.1.9/32'.replace('9', '8')]);
  assert.deepEqual(added.body.address_group.addresses, ['10.0.0.0/24', '10.0.1.8/32', '10.0.1.9/32', '2001:db8::/64']);
  const twice = await act('add', ['10.0.0.1/24', '10.9.0.0/16']);
  assert.deepEqual(twice.body.NeutronError, {
    type: 'AddressesAlreadyExist',
    message: `Addresses ['10.0.0.0/24'] already exist in the address group ${id}.`,
    detail: '',
  });
  assert.equal(twice.status, 400);
  const removed = await act('remove', ['10.0.1.8/32', '10.0.1.9/32']);
  assert.deepEqual(removed.body.address_group.addresses, ['10.0.0.0/24', '2001:db8::/64']);
  const absent = await act('remove', ['10.0.0.0/24', '10.9.0.0/16']);
  assert.equal(absent.status, 404);
  assert.equal(absent.body.NeutronError.type, 'AddressesNotFound');
  assert.equal((await act('add', [], { as: 'red' })).status, 404);
  assert.equal((await act('add', ['10.0.3.0/24'], { as: 'blue reader' })).status, 403);
  for (const odd of ['10.0.0.0/8', ['10.0.0.1'], [7], ['10.0.0.0/24', '10.0.0.0/24'], {}, 7]) {
    const reply = await act('add', odd);
    assert.equal(`${reply.status} ${reply.body.NeutronError.type}`, '400 HTTPBadRequest', JSON.stringify(odd));
  }

  const group = await api.call('POST', '/v2.0/security-groups', { security_group: {} }, BLUE);
  const wanted = { security_group_id: group.body.security_group.id, direction: 'ingress', remote_address_group_id: id };
  const rule = await api.call('POST', '/v2.0/security-group-rules', { security_group_rule: wanted }, BLUE);
  assert.equal(rule.body.security_group_rule.remote_address_group_id, id);
  const inUse = await api.call('DELETE', `/v2.0/address-groups/${id}`, undefined, BLUE);
  assert.deepEqual(inUse.body.NeutronError, {
    type: 'AddressGroupInUse',
    message: `Address group ${id} is in use on one or more security group rules.`,
    detail: '',
  });
  await api.call('DELETE', `/v2.0/security-group-rules/${rule.body.security_group_rule.id}`, undefined, BLUE);
  assert.equal((await api.call('DELETE', `/v2.0/address-groups/${id}`, undefined, BLUE)).status, 204);
  assert.deepEqual(await api.store.query('SELECT FROM address_group_addresses'), []);
});
