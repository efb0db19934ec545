import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { apiUnderTest, type Reply } from '../api-under-test.ts';

type Values = Record<string, unknown>;

function told({ status, body }: Reply): string {
  return body?.NeutronError ? `${status} ${body.NeutronError.type} ${body.NeutronError.message}` : String(status);
}

/** A network with segments on the physical networks "left" and "right", and a host of the same name on each. */
async function routed(t: TestContext) {
  const api = await apiUnderTest(t);
  const made = async (path: string, kind: string, object: Values) => {
    const reply = await api.call('POST', `/v2.0/${path}`, { [kind]: object });
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    return reply.body[kind];
  };
  const network = await made('networks', 'network', {});
  await api.store.query('DELETE FROM network_segments WHERE network_id = $1', [network.id]);
  await api.store.query(
    `INSERT INTO network_segments (network_id, network_type, physical_network, segmentation_id)
 SELECT $1, 'vlan', name, 7 FROM unnest('{left,right}'::text[]) AS name`,
    [network.id],
  );
  const listed = (await api.call('GET', `/v2.0/segments?network_id=${network.id}`)).body.segments;
  const segment = (name: string): string =>
    listed.find((one: { physical_network: string }) => one.physical_network === name).id;
  for (const name of ['left', 'right', 'nowhere']) {
    const facts = JSON.stringify({ abilities: { [`physical_network:${name}`]: true } });
    await api.store.query(`INSERT INTO hosts (name, driver, facts) VALUES ($1, 'bridge', $2)`, [name, facts]);
  }
  const subnet = (on: string, cidr: string, more: Values = {}) =>
    made('subnets', 'subnet', {
      network_id: network.id,
      ip_version: cidr.includes(':') ? 6 : 4,
      cidr,
      segment_id: segment(on),
      ...more,
    });
  const port = (more: Values = {}) =>
    api.call('POST', '/v2.0/ports', { port: { network_id: network.id, ...more } }) as Promise<Reply>;
  const put = (id: string, change: Values) => api.call('PUT', `/v2.0/ports/${id}`, { port: change });
  const addresses = (reply: Reply): string[] => {
    assert.ok(reply.body.port, told(reply));
    return reply.body.port.fixed_ips.map((ip: { ip_address: string }) => ip.ip_address);
  };
  return { api, network, segment, subnet, port, put, addresses };
}

test('a port has an address of the subnet on its host’s segment', async (t) => {
  const { network, subnet, port, addresses } = await routed(t);
  await subnet('left', '10.1.0.0/24');
  await subnet('right', '10.2.0.0/24');
  for (const [host, prefix] of [
    ['left', '10.1.0.'],
    ['right', '10.2.0.'],
  ] as const) {
    const reply = await port({ 'binding:host_id': host });
    assert.deepEqual(
      addresses(reply).map((ip) => ip.startsWith(prefix)),
      [true],
    );
    assert.equal(reply.body.port.ip_allocation, 'immediate');
  }
  assert.equal(
    told(await port({ 'binding:host_id': 'nowhere' })),
    `409 HostNotConnectedToAnySegment Host nowhere is not connected to any segments on routed provider network '${network.id}'.  It should be connected to one.`,
  );
});

test('in one request each port goes by its own host', async (t) => {
  const { api, network, subnet } = await routed(t);
  await subnet('left', '10.1.0.0/24');
  await subnet('right', '10.2.0.0/24');
  const ports = [{ 'binding:host_id': 'left' }, { 'binding:host_id': 'right' }, {}, { fixed_ips: [] }];
  const { status, body } = await api.call('POST', '/v2.0/ports', {
    ports: ports.map((port) => ({ network_id: network.id, ...port })),
  });
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual(
    body.ports.map((port: { fixed_ips: { ip_address: string }[]; ip_allocation: string }) => [
      port.fixed_ips.map((ip) => ip.ip_address.slice(0, 5)),
      port.ip_allocation,
    ]),
    [
      [['10.1.'], 'immediate'],
      [['10.2.'], 'immediate'],
      [[], 'deferred'],
      [[], 'none'],
    ],
  );
});

test('without a host a port waits for its addresses, and keeps to its segment from then on', async (t) => {
  const { subnet, port, put, addresses } = await routed(t);
  await subnet('left', '10.1.0.0/24');
  await subnet('left', '2001:db8:1::/64', { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' });
  await subnet('right', '10.2.0.0/24');
  const made = await port();
  const { id } = made.body.port;
  assert.deepEqual([addresses(made), made.body.port.ip_allocation], [[], 'deferred']);
  assert.match(told(await put(id, { 'binding:host_id': 'nowhere' })), /^409 HostNotConnectedToAnySegment/);
  const bound = await put(id, { 'binding:host_id': 'left' });
  assert.deepEqual(
    addresses(bound).map((ip) => ip.slice(0, 5)),
    ['10.1.', '2001:'],
  );
  assert.equal(bound.body.port.ip_allocation, 'deferred');
  assert.equal(
    told(await put(id, { 'binding:host_id': 'right' })),
    `409 HostNotCompatibleWithFixedIps Host right is not connected to a segment where the existing fixed_ips on port ${id} will function given the routed network topology.`,
  );
  assert.equal((await put(id, { 'binding:host_id': '' })).status, 200);
  assert.equal((await put(id, { 'binding:host_id': 'left' })).status, 200);
  const later = await subnet('left', '2001:db8:2::/64', { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' });
  await subnet('right', '2001:db8:3::/64', { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' });
  const now = await put(id, { name: 'x' });
  assert.equal(now.body.port.fixed_ips.length, 3);
  assert.ok(now.body.port.fixed_ips.some((ip: Values) => ip['subnet_id'] === later.id));
});

test('wished addresses say the segment, of which there is one', async (t) => {
  const { api, network, subnet, port, put, addresses } = await routed(t);
  const left = await subnet('left', '10.1.0.0/24');
  const right = await subnet('right', '10.2.0.0/24');
  const wish = (...ips: string[]) => ({ fixed_ips: ips.map((ip_address) => ({ ip_address })) });
  const made = await port(wish('10.1.0.9'));
  assert.deepEqual([addresses(made), made.body.port.ip_allocation], [['10.1.0.9'], 'immediate']);
  assert.equal(
    told(await port(wish('10.1.0.10', '10.2.0.10'))),
    '400 FixedIpsSubnetsNotOnSameSegment Cannot allocate addresses from different segments.',
  );
  const { id } = made.body.port;
  assert.match(told(await put(id, wish('10.1.0.9', '10.2.0.10'))), /^400 FixedIpsSubnetsNotOnSameSegment/);
  assert.deepEqual(addresses(await put(id, wish('10.1.0.9', '10.1.0.11'))).sort(), ['10.1.0.11', '10.1.0.9']);
  assert.deepEqual(addresses(await put(id, wish('10.2.0.10'))), ['10.2.0.10']);
  assert.match(told(await put(id, { 'binding:host_id': 'left' })), /^409 HostNotCompatibleWithFixedIps/);
  assert.deepEqual(addresses(await put(id, { 'binding:host_id': 'left', ...wish('10.1.0.12') })), ['10.1.0.12']);
  assert.equal(
    told(await port({ 'binding:host_id': 'left', fixed_ips: [{ subnet_id: right.id }] })),
    `400 InvalidInput Invalid input for operation: Failed to create port on network ${network.id}, because fixed_ips included invalid subnet ${right.id}.`,
  );
  assert.match(told(await port({ 'binding:host_id': 'left', ...wish('10.2.0.20') })), /^400 InvalidIpForNetwork/);
  const dhcp = await api.call('GET', '/v2.0/ports?device_owner=network:dhcp');
  assert.deepEqual(
    new Set(dhcp.body.ports[0].fixed_ips.map((ip: Values) => ip['subnet_id'])),
    new Set([left.id, right.id]),
    'the DHCP server is on every host',
  );
  const { id: server, fixed_ips } = dhcp.body.ports[0];
  assert.equal(told(await put(server, { fixed_ips })), '200');
});

test('nobody gets a floating IP or a gateway of a segment that is not known', async (t) => {
  const { api, network, subnet } = await routed(t);
  const { id: subnet_id } = await subnet('left', '10.1.0.0/24');
  await api.call('PUT', `/v2.0/networks/${network.id}`, { network: { 'router:external': true } });
  const floating = (more: Values = {}) =>
    api.call('POST', '/v2.0/floatingips', { floatingip: { floating_network_id: network.id, ...more } });
  assert.match(told(await floating()), /^4\d\d /);
  assert.equal(told(await floating({ subnet_id })), '201');
  const router = { external_gateway_info: { network_id: network.id } };
  const { status, body } = await api.call('POST', '/v2.0/routers', { router });
  assert.ok(status < 500, JSON.stringify(body));
});

test('an overlay segment is where every host with a tunnel endpoint is', async (t) => {
  const api = await apiUnderTest(t);
  const { network } = (await api.call('POST', '/v2.0/networks', { network: {} })).body;
  const [segment] = (await api.call('GET', `/v2.0/segments?network_id=${network.id}`)).body.segments;
  await api.store.query(
    `INSERT INTO hosts (name, driver, vtep) VALUES ('a', 'bridge', '192.0.2.1'), ('b', 'bridge', NULL)`,
  );
  const subnet = { network_id: network.id, ip_version: 4, cidr: '10.1.0.0/24', segment_id: segment.id };
  assert.equal((await api.call('POST', '/v2.0/subnets', { subnet })).status, 201);
  const port = (host: string) =>
    api.call('POST', '/v2.0/ports', { port: { network_id: network.id, 'binding:host_id': host } });
  assert.equal(told(await port('a')), '201');
  assert.match(told(await port('b')), /^409 HostNotConnectedToAnySegment/);
});

test('subnets of a routed network have routes to their peers on other segments', async (t) => {
  const { api, subnet } = await routed(t);
  const routes = async (id: string) =>
    (await api.call('GET', `/v2.0/subnets/${id}`)).body.subnet.host_routes.map(
      (one: { destination: string; nexthop: string }) => `${one.destination} ${one.nexthop}`,
    );
  const put = (id: string, change: Values) => api.call('PUT', `/v2.0/subnets/${id}`, { subnet: change });
  const a = await subnet('left', '10.1.0.0/24');
  assert.deepEqual(a.host_routes, []);
  const wide = [{ destination: '10.0.0.0/8', nexthop: '10.3.0.7' }];
  const b = await subnet('right', '10.2.0.0/24');
  assert.deepEqual(b.host_routes, [{ destination: '10.1.0.0/24', nexthop: '10.2.0.1' }]);
  assert.deepEqual(await routes(a.id), ['10.2.0.0/24 10.1.0.1']);
  const c = await subnet('right', '10.3.0.0/24', { host_routes: wide });
  assert.deepEqual(c.host_routes, wide, 'a wider one is enough');
  await subnet('right', '2001:db8::/64');
  const d = await subnet('left', '10.4.0.0/24', { gateway_ip: null });
  assert.deepEqual(d.host_routes, []);
  assert.deepEqual(await routes(a.id), ['10.2.0.0/24 10.1.0.1', '10.3.0.0/24 10.1.0.1']);
  assert.deepEqual(await routes(b.id), ['10.1.0.0/24 10.2.0.1', '10.4.0.0/24 10.2.0.1']);

  assert.equal((await put(a.id, { gateway_ip: '10.1.0.254', allocation_pools: [] })).status, 200);
  assert.deepEqual(await routes(a.id), ['10.2.0.0/24 10.1.0.254', '10.3.0.0/24 10.1.0.254']);
  const own = { destination: '192.0.2.0/24', nexthop: '10.2.0.9' };
  assert.equal((await put(b.id, { host_routes: [own] })).status, 200);
  assert.deepEqual(await routes(b.id), ['192.0.2.0/24 10.2.0.9', '10.1.0.0/24 10.2.0.1', '10.4.0.0/24 10.2.0.1']);

  assert.equal((await api.call('DELETE', `/v2.0/subnets/${a.id}`)).status, 204);
  assert.deepEqual(await routes(b.id), ['192.0.2.0/24 10.2.0.9', '10.4.0.0/24 10.2.0.1']);
  const { revision_number: before } = (await api.call('GET', `/v2.0/subnets/${c.id}`)).body.subnet;
  assert.equal((await api.call('DELETE', `/v2.0/subnets/${d.id}`)).status, 204);
  const { revision_number: after } = (await api.call('GET', `/v2.0/subnets/${c.id}`)).body.subnet;
  assert.equal(after, before, 'whose routes stay is left alone');
});
