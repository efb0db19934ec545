import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest } from '../api-under-test.ts';

async function port(api: Api, wanted: object = {}, as = 'blue') {
  const { id } = (await api.call('POST', '/v2.0/networks', { network: {} }, { as })).body.network;
  const reply = await api.call('POST', '/v2.0/ports', { port: { network_id: id, ...wanted } }, { as });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return reply.body.port;
}

test('what ports have beyond the usual', async (t) => {
  const api = await apiUnderTest(t);
  const made = await port(api, { device_profile: 'fpga', numa_affinity_policy: 'preferred', dns_domain: 'a.example.' });
  assert.deepEqual(
    [made.device_profile, made.numa_affinity_policy, made.dns_domain, made.propagate_uplink_status, made.ip_allocation],
    ['fpga', 'preferred', 'a.example.', true, 'immediate'],
  );
  assert.equal(made.data_plane_status, null);
  assert.ok(!('hints' in made));
  const put = (change: object, as = 'admin') => api.call('PUT', `/v2.0/ports/${made.id}`, { port: change }, { as });
  assert.equal((await put({ data_plane_status: 'DOWN' }, 'blue')).status, 403);
  assert.equal((await put({ data_plane_status: 'DOWN' })).body.port.data_plane_status, 'DOWN');
  assert.equal((await put({ propagate_uplink_status: false })).status, 400);
  const hints = { openvswitch: { other_config: { 'tx-steering': 'hash' } } };
  assert.deepEqual((await put({ hints })).body.port.hints, hints);
  assert.equal((await put({ hints: { openvswitch: { other_config: { 'tx-steering': 'x' } } } })).status, 400);
  const mac = (await put({ mac_address: null })).body.port.mac_address;
  assert.match(mac, /^fa:16:3e/);
  assert.notEqual(mac, made.mac_address);
  assert.equal((await put({ numa_affinity_policy: null }, 'blue')).body.port.numa_affinity_policy, null);
  await api.store.query(`INSERT INTO hosts (name, driver) VALUES ('h', 'bridge')`);
  await put({ 'binding:host_id': 'h' });
  assert.equal((await put({ numa_affinity_policy: 'legacy' })).body.NeutronError.type, 'PortBoundNUMAAffinityPolicy');
});

test('a port of a network with addresses may do without any', async (t) => {
  const api = await apiUnderTest(t);
  const { network_id } = await port(api);
  const subnet = { network_id, ip_version: 4, cidr: '10.0.0.0/24', dns_publish_fixed_ip: true };
  const made = await api.call('POST', '/v2.0/subnets', { subnet }, { as: 'blue' });
  assert.equal(made.body.subnet.dns_publish_fixed_ip, true);
  await api.call('POST', '/v2.0/ports', { port: { network_id, fixed_ips: [] } }, { as: 'blue' });
  const without = await api.call('GET', '/v2.0/ports?ip_allocation=none', undefined, { as: 'blue' });
  assert.equal(without.body.ports.length, 1);
});

test('a compute port is prepared on another host, and moves there', async (t) => {
  const api = await apiUnderTest(t);
  await api.store.query(`INSERT INTO hosts (name, driver) VALUES ('a', 'bridge'), ('b', 'ovs')`);
  const made = await port(api, { device_owner: 'compute:nova', 'binding:host_id': 'a' }, 'admin');
  const path = `/v2.0/ports/${made.id}/bindings`;
  const list = async () =>
    (await api.call('GET', path)).body.bindings.map(
      (one: { host: string; status: string }) => `${one.host} ${one.status}`,
    );
  const prepared = await api.call('POST', path, { binding: { host: 'b', profile: { migrating_to: 'b' } } });
  assert.equal(prepared.status, 201, JSON.stringify(prepared.body));
  assert.deepEqual(prepared.body.binding, {
    host: 'b',
    vif_type: 'ovs',
    vnic_type: 'normal',
    status: 'INACTIVE',
    profile: { migrating_to: 'b' },
    vif_details: prepared.body.binding.vif_details,
  });
  assert.equal(prepared.body.binding.vif_details.datapath_type, 'system');
  assert.deepEqual(await list(), ['a ACTIVE', 'b INACTIVE']);
  const faults = [
    await api.call('POST', path, { binding: { host: 'b' } }),
    await api.call('POST', path, { binding: { host: 'nowhere' } }),
    await api.call('PUT', `${path}/a/activate`),
    await api.call('PUT', `${path}/c/activate`),
    await api.call('GET', `${path}/c`),
    await api.call('POST', path, { binding: {} }),
  ];
  assert.deepEqual(
    faults.map((reply) => `${reply.status} ${reply.body.NeutronError.type}`),
    [
      '409 PortBindingAlreadyExists',
      '409 PortBindingError',
      '409 PortBindingAlreadyActive',
      '404 PortBindingNotFound',
      '404 PortBindingNotFound',
      '400 HTTPBadRequest',
    ],
  );
  const moved = await api.call('PUT', `${path}/b/activate`);
  assert.equal(moved.body.binding.status, 'ACTIVE', JSON.stringify(moved.body));
  assert.deepEqual(await list(), ['b ACTIVE', 'a INACTIVE']);
  const shown = (await api.call('GET', `/v2.0/ports/${made.id}`)).body.port;
  assert.equal(shown['binding:host_id'], 'b');
  assert.deepEqual(shown['binding:profile'], { migrating_to: 'b' });
  assert.equal((await api.call('DELETE', `${path}/a`)).status, 204);
  assert.deepEqual(await list(), ['b ACTIVE']);
  const changed = await api.call('PUT', `${path}/b`, { binding: { profile: {} } });
  assert.deepEqual(changed.body.binding.profile, {});
});

test('bindings are for compute ports and for admins', async (t) => {
  const api = await apiUnderTest(t);
  const plain = await port(api);
  const other = await api.call('GET', `/v2.0/ports/${plain.id}/bindings`);
  assert.match(other.body.NeutronError.message, /Operation only valid on compute ports\.$/);
  const compute = await port(api, { device_owner: 'compute:nova' });
  const refused = await api.call(
    'POST',
    `/v2.0/ports/${compute.id}/bindings`,
    { binding: { host: 'h' } },
    { as: 'blue' },
  );
  assert.equal(refused.body.NeutronError.message, 'rule:create_port_binding is disallowed by policy');
});

test('a port that is a physical device has the device’s MAC address', async (t) => {
  const api = await apiUnderTest(t);
  const device = (device_mac_address: unknown) => ({ 'binding:profile': { device_mac_address } });
  const whole = { 'binding:vnic_type': 'direct-physical', 'binding:host_id': 'h' };
  const made = await port(api, { ...whole, ...device('00-1B-21-00-00-01') }, 'admin');
  assert.equal(made.mac_address, '00:1b:21:00:00:01');
  const put = async (change: object) => {
    const { status, body } = await api.call('PUT', `/v2.0/ports/${made.id}`, { port: change });
    assert.equal(status, 200, JSON.stringify(body));
    return body.port.mac_address;
  };
  assert.equal(await put(device('00:1b:21:00:00:02')), '00:1b:21:00:00:02');
  assert.equal(await put({ name: 'x' }), '00:1b:21:00:00:02');
  assert.match(await put({ 'binding:profile': {} }), /^fa:16:3e/);
  assert.equal(await put(device('00:1b:21:00:00:03')), '00:1b:21:00:00:03');
  assert.match(await put({ 'binding:host_id': '' }), /^fa:16:3e/);
  const { network_id } = made;
  await put({ 'binding:host_id': 'h' });
  const again = { port: { network_id, ...whole, ...device('00:1b:21:00:00:03') } };
  assert.equal((await api.call('POST', '/v2.0/ports', again)).body.NeutronError.type, 'MacAddressInUse');
  for (const wrong of ['frob', 7, {}, ['00:1b:21:00:00:04']]) {
    const reply = await api.call('PUT', `/v2.0/ports/${made.id}`, { port: device(wrong) });
    assert.equal(reply.status, 400, JSON.stringify(wrong));
  }
  const virtual = await port(api, { ...device('00:1b:21:00:00:05'), 'binding:host_id': 'h' }, 'admin');
  assert.match(virtual.mac_address, /^fa:16:3e/);
});
