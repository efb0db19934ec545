import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { apiUnderTest, type CallOptions, type Reply } from '../api-under-test.ts';

const BLUE = { as: 'blue' };
const RED = { as: 'red' };

type Json = Record<string, unknown>;

async function cloud(t: TestContext) {
  const api = await apiUnderTest(t);
  const make = (resource: string, values: unknown, options: CallOptions = BLUE) =>
    api.call('POST', `/v2.0/${resource.replaceAll('_', '-')}s`, { [resource]: values }, options);
  return {
    ...api,
    make,
    async made(resource: string, values: Json, options?: CallOptions) {
      const reply = await make(resource, values, options);
      assert.equal(reply.status, 201, JSON.stringify(reply.body));
      return reply.body[resource];
    },
    put: (id: string, values: Json, options: CallOptions = BLUE) =>
      api.call('PUT', `/v2.0/ports/${id}`, { port: values }, options),
  };
}

function refused({ status, body }: Reply): string {
  return `${status} ${body?.NeutronError?.type}`;
}

test('a port is secured as it says, else as its network says', async (t) => {
  const api = await cloud(t);
  const open = await api.made('network', { port_security_enabled: false });
  const plain = await api.made('network', {});
  assert.deepEqual([open.port_security_enabled, plain.port_security_enabled], [false, true]);
  const group = await api.made('security_group', {});
  const bulk = await api.call(
    'POST',
    '/v2.0/ports',
    {
      ports: [
        { network_id: open.id },
        { network_id: open.id, port_security_enabled: true },
        { network_id: plain.id },
        { network_id: plain.id, port_security_enabled: false },
        { network_id: plain.id, security_groups: [group.id] },
        { network_id: plain.id, security_groups: null, allowed_address_pairs: [{ ip_address: '10.0.0.0/8' }] },
      ],
    },
    BLUE,
  );
  const [{ id: byDefault }] = (await api.call('GET', '/v2.0/security-groups?name=default', undefined, BLUE)).body
    .security_groups;
  assert.deepEqual(
    bulk.body.ports.map((port: Json) => [port['port_security_enabled'], port['security_groups']]),
    [
      [false, []],
      [true, [byDefault]],
      [true, [byDefault]],
      [false, []],
      [true, [group.id]],
      [true, []],
    ],
  );
  await api.call('PUT', `/v2.0/networks/${plain.id}`, { network: { port_security_enabled: false } }, BLUE);
  assert.equal((await api.made('port', { network_id: plain.id })).port_security_enabled, false);
  const later = await api.call('GET', `/v2.0/ports/${bulk.body.ports[2].id}`, undefined, BLUE);
  assert.equal(later.body.port.port_security_enabled, true);
});

test('what the network itself runs is trusted', async (t) => {
  const api = await cloud(t);
  const network = await api.made('network', {});
  await api.store.query(`INSERT INTO hosts (name, driver) VALUES ('h1', 'bridge')`);
  await api.made('subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' });
  await api.made('port', { network_id: network.id, 'binding:host_id': 'h1' }, { as: 'blue admin' });
  const { body } = await api.call('GET', '/v2.0/ports?device_owner=network:dhcp', undefined, BLUE);
  const [dhcp] = body.ports;
  assert.deepEqual([dhcp.port_security_enabled, dhcp.security_groups], [false, []]);
  const [{ id }] = (await api.call('GET', '/v2.0/security-groups', undefined, BLUE)).body.security_groups;
  const router = { network_id: network.id, device_owner: 'network:router_interface' };
  assert.equal((await api.made('port', { ...router, port_security_enabled: true })).port_security_enabled, false);
  assert.equal(
    refused(await api.make('port', { ...router, security_groups: [id] })),
    '400 PortSecurityAndIPRequiredForSecurityGroups',
  );
});

test('groups and pairs need port security, and keep it', async (t) => {
  const api = await cloud(t);
  const network = await api.made('network', {});
  const pairs = [{ ip_address: '10.0.0.9' }];
  const off = { network_id: network.id, port_security_enabled: false };
  assert.equal(
    refused(await api.make('port', { ...off, allowed_address_pairs: pairs })),
    '409 AddressPairAndPortSecurityRequired',
  );
  const port = await api.made('port', { network_id: network.id, allowed_address_pairs: pairs });
  assert.deepEqual(port.allowed_address_pairs, [{ mac_address: port.mac_address, ip_address: '10.0.0.9' }]);
  const change = (values: Json) => api.put(port.id, values);
  assert.equal(refused(await change({ port_security_enabled: false })), '409 PortSecurityPortHasSecurityGroup');
  assert.equal(
    refused(await change({ port_security_enabled: false, security_groups: [] })),
    '409 AddressPairAndPortSecurityRequired',
  );
  const freed = await change({ port_security_enabled: false, security_groups: [], allowed_address_pairs: [] });
  assert.equal(freed.status, 200);
  assert.equal(
    refused(await change({ security_groups: port.security_groups })),
    '400 PortSecurityAndIPRequiredForSecurityGroups',
  );
  assert.equal(refused(await change({ allowed_address_pairs: pairs })), '409 AddressPairAndPortSecurityRequired');
  const secured = await change({ port_security_enabled: true, security_groups: port.security_groups });
  assert.deepEqual(secured.body.port.security_groups, port.security_groups);
});

test('pairs take the MAC address of the port, also when that changes with them', async (t) => {
  const api = await cloud(t);
  const network = await api.made('network', {});
  const port = await api.made('port', { network_id: network.id, mac_address: 'fa:16:3e:00:00:01' });
  const pairs = [{ ip_address: '10.0.0.9' }, { ip_address: '10.0.0.9', mac_address: 'fa:16:3e:00:00:02' }];
  const twice = await api.put(port.id, {
    allowed_address_pairs: [...pairs, { ip_address: '10.0.0.9/32', mac_address: 'FA-16-3E-00-00-01' }],
  });
  assert.equal(refused(twice), '400 DuplicateAddressPairInRequest');
  const moved = await api.put(
    port.id,
    { mac_address: 'fa:16:3e:00:00:03', allowed_address_pairs: pairs },
    { as: 'blue admin' },
  );
  assert.deepEqual(
    moved.body.port.allowed_address_pairs.map((pair: Json) => pair['mac_address']),
    ['fa:16:3e:00:00:03', 'fa:16:3e:00:00:02'],
  );
});

test('on a network of others, only groups are the port owner’s choice', async (t) => {
  const api = await cloud(t);
  const network = await api.made('network', { shared: true }, { as: 'blue admin' });
  const group = await api.made('security_group', {}, RED);
  const port = await api.made('port', { network_id: network.id, security_groups: [group.id] }, RED);
  for (const values of [{ port_security_enabled: false }, { allowed_address_pairs: [{ ip_address: '10.0.0.1' }] }]) {
    assert.equal(
      refused(await api.make('port', { network_id: network.id, ...values }, RED)),
      '403 PolicyNotAuthorized',
    );
    assert.equal(refused(await api.put(port.id, values, RED)), '403 PolicyNotAuthorized');
  }
  assert.deepEqual((await api.put(port.id, { security_groups: [] }, RED)).body.port.security_groups, []);
});

test('ports are found by their groups', async (t) => {
  const api = await cloud(t);
  const network = await api.made('network', {});
  const group = await api.made('security_group', {});
  const other = await api.made('security_group', {});
  const port = await api.made('port', { network_id: network.id, security_groups: [group.id, other.id] });
  await api.made('port', { network_id: network.id });
  const found = async (...ids: string[]) => {
    const query = ids.map((id) => `security_groups=${id}`).join('&');
    const { body } = await api.call('GET', `/v2.0/ports?${query}`, undefined, BLUE);
    return body.ports.map((one: Json) => one['id']);
  };
  assert.deepEqual(await found(group.id), [port.id]);
  assert.deepEqual(await found(group.id, other.id), [port.id]);
  assert.deepEqual(await found('x'), []);
  await api.put(port.id, { security_groups: [other.id] });
  assert.deepEqual(await found(group.id), []);
  assert.equal((await api.call('DELETE', `/v2.0/security-groups/${group.id}`, undefined, BLUE)).status, 204);
  assert.equal(
    refused(await api.call('DELETE', `/v2.0/security-groups/${other.id}`, undefined, BLUE)),
    '409 SecurityGroupInUse',
  );
  assert.equal((await api.call('DELETE', `/v2.0/ports/${port.id}`, undefined, BLUE)).status, 204);
  assert.equal((await api.call('DELETE', `/v2.0/security-groups/${other.id}`, undefined, BLUE)).status, 204);
});

test('groups of a port are a list of different ids', async (t) => {
  const api = await cloud(t);
  const network = await api.made('network', {});
  const id = '00000000-0000-0000-0000-000000000001';
  for (const [groups, message] of [
    ['x', "'x' is not a list"],
    [['x'], "'x' is not a valid UUID"],
    [[id, id], `Duplicate items in the list: '${id}'`],
  ] as const) {
    const reply = await api.make('port', { network_id: network.id, security_groups: groups });
    assert.equal(reply.body.NeutronError.message, `Invalid input for security_groups. Reason: ${message}.`);
  }
});
