import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest } from '../api-under-test.ts';
import { captured, play } from '../replay.ts';

const BLUE = { as: 'blue' };

async function network(api: Api): Promise<string> {
  const { id } = (await api.call('POST', '/v2.0/networks', { network: {} }, BLUE)).body.network;
  await api.call('POST', '/v2.0/subnets', { subnet: { network_id: id, ip_version: 4, cidr: '10.9.0.0/24' } }, BLUE);
  return id;
}

test('a local IP takes a port of its own on a network, and gives it back', async (t) => {
  const api = await apiUnderTest(t);
  const net = await network(api);
  const make = (wanted: object) => api.call('POST', '/v2.0/local-ips', { local_ip: wanted }, BLUE);
  const made = await make({ name: 'lip', network_id: net, local_ip_address: '10.9.0.77' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const lip = made.body.local_ip;
  assert.equal(lip.local_ip_address, '10.9.0.77');
  const port = (await api.call('GET', `/v2.0/ports/${lip.local_port_id}`, undefined, BLUE)).body.port;
  assert.deepEqual(
    [port.device_owner, port.device_id, port.status, port.project_id],
    ['network:local_ip', lip.id, 'N/A', 'blue'],
  );
  const kept = await api.call('DELETE', `/v2.0/ports/${port.id}`, undefined, BLUE);
  assert.equal(kept.body.NeutronError.type, 'ServicePortInUse');
  assert.equal((await api.call('DELETE', `/v2.0/local-ips/${lip.id}`, undefined, BLUE)).status, 204);
  assert.equal((await api.call('GET', `/v2.0/ports/${port.id}`, undefined, BLUE)).status, 404);
  const again = await make({ network_id: net, local_ip_address: '10.9.0.77' });
  assert.equal(again.status, 201, 'the address is free again');

  const empty = (await api.call('POST', '/v2.0/networks', { network: {} }, BLUE)).body.network.id;
  assert.equal((await make({ network_id: empty })).body.NeutronError.type, 'BadRequest');
  assert.equal((await make({})).body.NeutronError.type, 'LocalIPPortOrNetworkRequired');
  const strange = await api.call('POST', '/v2.0/local-ips', { local_ip: { network_id: net } }, { as: 'red' });
  assert.equal(strange.body.NeutronError.type, 'NetworkNotFound');
});

test('a local IP of a port that is there leaves it there', async (t) => {
  const api = await apiUnderTest(t);
  const net = await network(api);
  const two = [{ ip_address: '10.9.0.5' }, { ip_address: '10.9.0.6' }];
  const port = (await api.call('POST', '/v2.0/ports', { port: { network_id: net, fixed_ips: two } }, BLUE)).body.port;
  const make = (address: object) =>
    api.call('POST', '/v2.0/local-ips', { local_ip: { local_port_id: port.id, ...address } }, BLUE);
  assert.equal((await make({})).body.NeutronError.type, 'LocalIPNoRequestedIP');
  assert.equal((await make({ local_ip_address: '10.9.0.9' })).body.NeutronError.type, 'LocalIPRequestedIPNotFound');
  const made = await make({ local_ip_address: '10.9.0.6' });
  assert.equal(made.body.local_ip.network_id, net);
  await api.call('DELETE', `/v2.0/local-ips/${made.body.local_ip.id}`, undefined, BLUE);
  assert.equal((await api.call('GET', `/v2.0/ports/${port.id}`, undefined, BLUE)).status, 200);
});

test('ports are associated with a local IP by their own ids', async (t) => {
  const api = await apiUnderTest(t);
  const net = await network(api);
  const lips: string[] = [];
  for (const _ of [1, 2]) {
    lips.push((await api.call('POST', '/v2.0/local-ips', { local_ip: { network_id: net } }, BLUE)).body.local_ip.id);
  }
  const port = (await api.call('POST', '/v2.0/ports', { port: { network_id: net } }, BLUE)).body.port;
  const associate = (lip: string | undefined, as = 'blue') =>
    api.call(
      'POST',
      `/v2.0/local-ips/${lip}/port_associations`,
      { port_association: { fixed_port_id: port.id } },
      { as },
    );
  const made = await associate(lips[0]);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(Object.keys(made.body.port_association).sort(), [
    'fixed_ip',
    'fixed_port_id',
    'host',
    'local_ip_address',
    'local_ip_id',
  ]);
  await associate(lips[1]);
  assert.equal((await associate(lips[0])).status, 409);
  assert.equal((await associate(lips[0], 'red')).body.NeutronError.type, 'LocalIPNotFound');
  const path = `/v2.0/local-ips/${lips[0]}/port_associations`;
  assert.equal((await api.call('GET', path, undefined, BLUE)).body.port_associations.length, 1);
  assert.equal(
    (await api.call('GET', `${path}/${port.id}`, undefined, BLUE)).body.port_association.fixed_port_id,
    port.id,
  );
  assert.equal(
    (await api.call('GET', `${path}/${port.id}`, undefined, { as: 'red' })).body.NeutronError.type,
    'LocalIPNotFound',
  );
  const inUse = await api.call('DELETE', `/v2.0/local-ips/${lips[0]}`, undefined, BLUE);
  assert.equal(inUse.body.NeutronError.type, 'LocalIPInUse');
  assert.equal((await api.call('DELETE', `${path}/${port.id}`, undefined, BLUE)).status, 204);
  const gone = await api.call('DELETE', `${path}/${port.id}`, undefined, BLUE);
  assert.equal(gone.body.NeutronError.type, 'LocalIPAssociationNotFound');
  const other = await api.call('GET', `/v2.0/local-ips/${lips[1]}/port_associations`, undefined, BLUE);
  assert.equal(other.body.port_associations.length, 1, 'that of the other local IP stays');
});

test('a real server’s local IP is answered alike', async (t) => {
  const api = await apiUnderTest(t);
  const names = new Map([['e779c2b1-ac30-46f4-af66-e94918f7fb63', await network(api)]]);
  for (const exchange of captured('misc').filter(({ title }) => title === 'local ip')) {
    await play(t, { file: 'misc', exchange }, { api, names });
  }
});
