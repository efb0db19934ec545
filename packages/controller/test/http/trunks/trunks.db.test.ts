import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest } from '../api-under-test.ts';

const BLUE = { as: 'blue' };

async function network(api: Api, wanted: object = {}): Promise<string> {
  return (await api.call('POST', '/v2.0/networks', { network: wanted }, BLUE)).body.network.id;
}

async function port(api: Api, networkId: string, wanted: object = {}): Promise<string> {
  const reply = await api.call('POST', '/v2.0/ports', { port: { network_id: networkId, ...wanted } }, BLUE);
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return reply.body.port.id;
}

function vlan(portId: string, id: unknown) {
  return { port_id: portId, segmentation_type: 'vlan', segmentation_id: id };
}

test('ports are put on a trunk and taken off it', async (t) => {
  const api = await apiUnderTest(t);
  const net = await network(api);
  const [parent, one, two, three] = await Promise.all([1, 2, 3, 4].map(() => port(api, net)));
  assert.ok(parent && one && two && three);
  const make = (trunk: object) => api.call('POST', '/v2.0/trunks', { trunk }, BLUE);
  const made = await make({ port_id: parent, sub_ports: [vlan(one, '5')] });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(made.body.trunk.sub_ports, [vlan(one, 5)]);
  const { id } = made.body.trunk;
  const put = (action: string, subPorts: unknown) =>
    api.call('PUT', `/v2.0/trunks/${id}/${action}`, { sub_ports: subPorts }, BLUE);
  const refused = async (answer: ReturnType<typeof put>) => (await answer).body.NeutronError?.type;

  assert.equal(await refused(make({ port_id: one })), 'TrunkPortInUse');
  assert.equal(await refused(put('add_subports', [vlan(two, 5)])), 'DuplicateSubPort');
  assert.equal(await refused(put('add_subports', [vlan(one, 6)])), 'TrunkPortInUse');
  assert.equal(await refused(put('add_subports', [vlan(parent, 6)])), 'ParentPortInUse');
  assert.equal(await refused(put('add_subports', [vlan(two, 6), vlan(three, 6)])), 'InvalidInput');
  assert.equal(await refused(put('add_subports', [{ ...vlan(two, 6), segmentation_type: 'gre' }])), 'InvalidInput');
  assert.equal(await refused(put('add_subports', [{ port_id: two }])), 'InvalidInput');
  assert.equal(await refused(put('add_subports', [{ port_id: two, segmentation_type: 'inherit' }])), 'InvalidInput');
  assert.equal(await refused(put('remove_subports', [{ port_id: two }])), 'SubPortNotFound');
  const busy = await port(api, net, { device_id: 'vm-1' });
  assert.equal(await refused(put('add_subports', [vlan(busy, 6)])), 'PortInUse');
  const big = await port(api, (await api.call('POST', '/v2.0/networks', { network: {} }, BLUE)).body.network.id);
  await api.call('PUT', `/v2.0/networks/${net}`, { network: { mtu: 1300 } }, BLUE);
  assert.equal(await refused(put('add_subports', [vlan(big, 6)])), 'SubPortMtuGreaterThanTrunkPortMtu');

  const added = await put('add_subports', [vlan(two, 6), vlan(three, 7)]);
  assert.deepEqual(added.body.sub_ports, [vlan(one, 5), vlan(two, 6), vlan(three, 7)]);
  assert.equal(added.body.revision_number, 1);
  const details = (await api.call('GET', `/v2.0/ports/${parent}`, undefined, BLUE)).body.port.trunk_details;
  assert.equal(details.trunk_id, id);
  assert.match(details.sub_ports[2].mac_address, /^fa:16:3e/);
  assert.ok(!('trunk_details' in (await api.call('GET', `/v2.0/ports/${one}`, undefined, BLUE)).body.port));

  await api.call('PUT', `/v2.0/trunks/${id}`, { trunk: { admin_state_up: false } }, BLUE);
  assert.equal(await refused(put('remove_subports', [{ port_id: two }])), 'TrunkDisabled');
  assert.equal(
    (await api.call('DELETE', `/v2.0/trunks/${id}`, undefined, BLUE)).body.NeutronError.type,
    'TrunkDisabled',
  );
});

test('ports of a trunk cannot be deleted before it', async (t) => {
  const api = await apiUnderTest(t);
  const net = await network(api);
  const [parent, sub] = [await port(api, net), await port(api, net)];
  const trunk = { port_id: parent, sub_ports: [vlan(sub, 5)] };
  const { id } = (await api.call('POST', '/v2.0/trunks', { trunk }, BLUE)).body.trunk;
  const remove = (path: string) => api.call('DELETE', `/v2.0/${path}`, undefined, BLUE);
  assert.equal(
    (await remove(`ports/${parent}`)).body.NeutronError.message,
    `Port ${parent} is currently a parent port for trunk ${id}.`,
  );
  assert.equal(
    (await remove(`ports/${sub}`)).body.NeutronError.message,
    `Port ${sub} is currently a subport for trunk ${id}.`,
  );
  assert.equal((await remove(`trunks/${id}`)).status, 204);
  assert.equal((await remove(`ports/${parent}`)).status, 204);
});

test('a port on an Open vSwitch host becomes no trunk, and its trunk stays', async (t) => {
  const api = await apiUnderTest(t);
  await api.store.query(`INSERT INTO hosts (name, driver) VALUES ('o', 'ovs'), ('b', 'bridge')`);
  const net = await network(api);
  const parent = await port(api, net);
  const bind = (host: string) => api.call('PUT', `/v2.0/ports/${parent}`, { port: { 'binding:host_id': host } });
  const make = () => api.call('POST', '/v2.0/trunks', { trunk: { port_id: parent } }, BLUE);
  await bind('o');
  assert.equal((await make()).body.NeutronError.type, 'ParentPortInUse');
  await bind('b');
  const made = await make();
  assert.equal(made.status, 201);
  await bind('o');
  const removal = await api.call('DELETE', `/v2.0/trunks/${made.body.trunk.id}`, undefined, BLUE);
  assert.equal(removal.body.NeutronError.type, 'TrunkInUse');
});

test('others neither see a trunk nor make one of a port that they do not see', async (t) => {
  const api = await apiUnderTest(t);
  const parent = await port(api, await network(api));
  const stolen = await api.call('POST', '/v2.0/trunks', { trunk: { port_id: parent } }, { as: 'red' });
  assert.equal(stolen.body.NeutronError.type, 'PortNotFound');
  const { id } = (await api.call('POST', '/v2.0/trunks', { trunk: { port_id: parent } }, BLUE)).body.trunk;
  const unseen = await api.call('GET', `/v2.0/trunks/${id}/get_subports`, undefined, { as: 'red' });
  assert.equal(unseen.body.NeutronError.type, 'TrunkNotFound');
});
