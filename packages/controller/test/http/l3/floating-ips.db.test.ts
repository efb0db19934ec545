import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest } from '../api-under-test.ts';
import { told, world } from './world.ts';

const BAD = '400 BadRequest Bad floatingip request:';

/** A world with a router of blue between a subnet, with one port on it, and the external network. */
async function routed(api: Api) {
  const all = await world(api);
  const { network, subnet } = await all.inside('10.1.0.0/24');
  const router = await all.make('router', { external_gateway_info: { network_id: all.outside.id } });
  await all.add(router.id, { subnet_id: subnet.id });
  const port = await all.make('port', { network_id: network.id });
  return { ...all, network, subnet, router, port };
}

test('floating IPs lead to addresses of ports that a router reaches', async (t) => {
  const api = await apiUnderTest(t);
  const { outside, network, subnet, router, port, make, inside, post, put, get, remove } = await routed(api);
  const wanted = (more: object) => post('floatingips', { floatingip: { floating_network_id: outside.id, ...more } });
  const one = await make('floatingip', { floating_network_id: outside.id, port_id: port.id });
  assert.deepEqual(
    [one.router_id, one.fixed_ip_address, one.status],
    [router.id, port.fixed_ips[0].ip_address, 'DOWN'],
  );
  const again = told(await wanted({ port_id: port.id }));
  assert.match(
    again,
    new RegExp(
      `^409 FloatingIPPortAlreadyAssociated Cannot associate floating IP 198\\.51\\.100\\.\\d+ \\([0-9a-f-]{36}\\) with port ${port.id} using fixed IP ${port.fixed_ips[0].ip_address}, as that fixed IP already has a floating IP on external network ${outside.id}\\.$`,
    ),
  );
  assert.equal(
    told(await wanted({ fixed_ip_address: '10.1.0.9' })),
    `${BAD} fixed_ip_address cannot be specified without a port_id.`,
  );
  const six = await inside('fd00::/64');
  const onSix = await make('port', { network_id: six.network.id });
  assert.match(told(await wanted({ port_id: onSix.id })), /that has no fixed IPv4 addresses\.$/);
  const lone = await inside('10.9.0.0/24');
  const stranded = await make('port', { network_id: lone.network.id });
  assert.equal(
    told(await wanted({ port_id: stranded.id })),
    `404 ExternalGatewayForFloatingIPNotFound External network ${outside.id} is not reachable from subnet ${lone.subnet.id}.  Therefore, cannot associate Port ${stranded.id} with a Floating IP.`,
  );
  assert.match(told(await wanted({ subnet_id: subnet.id })), /^40/);
  assert.match(
    told(await post('floatingips', { floatingip: { floating_network_id: lone.network.id } })),
    /not a valid external network/,
  );
  assert.match(
    told(await post('floatingips', { floatingip: { floating_network_id: lone.network.id } }, 'green')),
    /^404 NetworkNotFound/,
  );

  const two = await make('port', {
    network_id: network.id,
    fixed_ips: [{ ip_address: '10.1.0.50' }, { ip_address: '10.1.0.51' }],
  });
  assert.match(told(await wanted({ port_id: two.id })), /has multiple fixed IPv4 addresses\. {2}Must provide/);
  assert.match(
    told(await wanted({ port_id: two.id, fixed_ip_address: '10.1.0.52' })),
    /does not have fixed ip 10\.1\.0\.52\.$/,
  );
  const chosen = await make('floatingip', {
    floating_network_id: outside.id,
    port_id: two.id,
    fixed_ip_address: '10.1.0.51',
  });
  const change = (object: object) => put(`floatingips/${chosen.id}`, { floatingip: object });
  assert.equal((await change({ description: 'x' })).body.floatingip.port_id, two.id);
  assert.equal((await change({})).body.floatingip.port_id, two.id);
  assert.match(told(await change({ fixed_ip_address: '10.1.0.50' })), /cannot be specified without a port_id/);
  const moved = (await change({ port_id: two.id, fixed_ip_address: '10.1.0.50' })).body.floatingip;
  assert.equal(moved.fixed_ip_address, '10.1.0.50');
  assert.equal(
    told(await put(`ports/${two.id}`, { port: { fixed_ips: [{ ip_address: '10.1.0.51' }] } }, 'admin')),
    '200',
  );
  assert.equal((await get(`floatingips/${chosen.id}`)).floatingip.port_id, null, 'its address is gone');
  await change({ port_id: two.id });
  assert.equal(told(await remove(`ports/${two.id}`)), '204');
  const idle = (await get(`floatingips/${chosen.id}`)).floatingip;
  assert.deepEqual([idle.port_id, idle.router_id, idle.port_details], [null, null, null]);
  assert.equal((await get(`floatingips?port_id=${port.id}`)).floatingips.length, 1);
  assert.equal((await get(`floatingips?router_id=${router.id}&status=DOWN`)).floatingips.length, 1);
});

test('the port of a floating IP is its own, and goes with it', async (t) => {
  const api = await apiUnderTest(t);
  const { outside, outsideSubnet, make, get, remove, post, put } = await routed(api);
  const given = await make(
    'floatingip',
    { floating_network_id: outside.id, floating_ip_address: '198.51.100.77', project_id: 'blue' },
    'admin',
  );
  const ports = async () => (await get(`ports?device_owner=network:floatingip&device_id=${given.id}`, 'admin')).ports;
  const [port] = await ports();
  assert.deepEqual([port.project_id, port.fixed_ips[0].ip_address], ['', '198.51.100.77']);
  assert.match(told(await remove(`ports/${port.id}`, 'admin')), /^409 ServicePortInUse .*network:floatingip\.$/);
  assert.match(told(await remove(`floatingips/${given.id}`, 'green')), /^404 FloatingIPNotFound/);
  assert.equal(told(await remove(`floatingips/${given.id}`)), '204');
  assert.deepEqual(await ports(), []);
  const quota = await api.store.query<{ used: number }>(
    `SELECT used FROM quota_usage WHERE project_id = 'blue' AND resource = 'floatingip'`,
  );
  assert.deepEqual(quota, [{ used: 0 }]);
  assert.deepEqual((await get('floatingip_pools')).floatingip_pools, [
    {
      subnet_id: outsideSubnet.id,
      subnet_name: '',
      network_id: outside.id,
      cidr: '198.51.100.0/24',
      project_id: 'blue',
      tenant_id: 'blue',
    },
  ]);
  const other = await make('network', { 'router:external': true }, 'admin');
  await make('subnet', { network_id: other.id, ip_version: 4, cidr: '203.0.113.0/29', enable_dhcp: false }, 'admin');
  const together = await Promise.all(
    Array.from({ length: 8 }, () => post('floatingips', { floatingip: { floating_network_id: other.id } })),
  );
  const outcomes = together.map((reply) => told(reply).split(' ').slice(0, 2).join(' ')).sort();
  assert.deepEqual(outcomes, [...Array(5).fill('201'), ...Array(3).fill('409 IpAddressGenerationFailure')]);
  assert.equal(told(await put(`networks/${other.id}`, { network: { name: 'x' } }, 'admin')), '200');
  assert.equal(told(await remove(`networks/${other.id}`, 'admin')), '204', 'idle floating IPs do not hold it');
});

test('a floating IP of another project keeps a port from going', async (t) => {
  const api = await apiUnderTest(t);
  const { outside, port, make, remove } = await routed(api);
  await make('floatingip', { floating_network_id: outside.id, port_id: port.id }, 'admin');
  assert.equal(
    told(await remove(`ports/${port.id}`)),
    `409 FipAssociated Unable to complete the operation on port "${port.id}" because the port still has an associated floating IP.`,
  );
  assert.equal(told(await remove(`ports/${port.id}`, 'admin')), '204');
});

test('of many who want one address of a port, one gets it, also while the router leaves', async (t) => {
  const api = await apiUnderTest(t);
  const { outside, port, router, subnet, post, part, get } = await routed(api);
  const asked = () => post('floatingips', { floatingip: { floating_network_id: outside.id, port_id: port.id } });
  const replies = await Promise.all(Array.from({ length: 6 }, asked));
  assert.deepEqual(
    replies.map((reply) => reply.status).sort((a, b) => a - b),
    [201, 409, 409, 409, 409, 409],
  );
  for (const { id } of (await get('floatingips')).floatingips) await api.call('DELETE', `/v2.0/floatingips/${id}`);
  const [made, parted] = await Promise.all([asked(), part(router.id, { subnet_id: subnet.id })]);
  const left = (await get('floatingips')).floatingips;
  assert.deepEqual([made.status, parted.status, left.length].join(), made.status === 201 ? '201,409,1' : '404,200,0');
});

test('port forwardings share a floating IP, and no port twice', async (t) => {
  const api = await apiUnderTest(t);
  const { outside, network, port, router, make, post, put, get, remove, inside, add } = await routed(api);
  const floatingIp = await make('floatingip', { floating_network_id: outside.id });
  const path = `floatingips/${floatingIp.id}/port_forwardings`;
  const base = { protocol: 'tcp', internal_port_id: port.id, internal_ip_address: port.fixed_ips[0].ip_address };
  const forward = (more: object) => post(path, { port_forwarding: { ...base, ...more } });
  const ranges = { external_port_range: '8000:8009', internal_port_range: '80:89' };
  const made = (await forward(ranges)).body.port_forwarding;
  assert.deepEqual([made.external_port, made.external_port_range], [null, '8000:8009']);
  assert.equal((await get(`floatingips/${floatingIp.id}`)).floatingip.router_id, router.id);
  assert.match(told(await forward({ ...ranges, external_port_range: '9000:9001' })), /must be N-N or 1-N\.$/);
  assert.match(
    told(await forward({ external_port: 8005, internal_port: 443 })),
    /port collision with the external_port_range\. The following ranges collides: 8000:8009 and 8005:8005\.$/,
  );
  assert.match(
    told(await forward({ external_port: 9005, internal_port: 85 })),
    /port collision with the internal_port_range\. The following ranges collides: 80:89 and 85:85\.$/,
  );
  assert.equal(told(await forward({ protocol: 'udp', external_port: 8005, internal_port: 85 })), '201');
  assert.match(
    told(
      await post(path, {
        port_forwardings: [
          { ...base, external_port: 1, internal_port: 1 },
          { ...base, external_port: 1, internal_port: 2 },
        ],
      }),
    ),
    /port collision with the external_port_range/,
  );
  const faults: [object, RegExp][] = [
    [{ external_port: 0, internal_port: 1 }, /^400 HTTPBadRequest Invalid input for external_port/],
    [{ external_port_range: '5:4', internal_port: 1 }, /First port in a port range must be lower than the second port/],
    [{ external_port_range: '1:2:3', internal_port: 1 }, /Port range must be two integers separated by a colon/],
    [{ external_port_range: '0', internal_port: 1 }, /the port must be in the range \[1, 65535\]/],
    [{ protocol: 'gre', external_port: 1, internal_port: 1 }, /gre is not in valid_values/],
    [{ external_port: 1 }, /^400 BadRequest/],
    [
      { internal_ip_address: '10.1.0.250', external_port: 1, internal_port: 1 },
      /is not suitable for internal neutron port/,
    ],
  ];
  for (const [more, expected] of faults) assert.match(told(await forward(more)), expected);
  assert.match(
    told(await put(`floatingips/${floatingIp.id}`, { floatingip: { port_id: port.id } })),
    /^409 FipInUseByPortForwarding/,
  );
  assert.match(told(await remove(`floatingips/${floatingIp.id}`)), /^409 FipInUseByPortForwarding/);
  const change = (object: object) => put(`${path}/${made.id}`, { port_forwarding: object });
  assert.equal(
    (await change({ external_port_range: '8100:8109' })).body.port_forwarding.external_port_range,
    '8100:8109',
  );
  assert.match(told(await change({ protocol: 'udp', external_port_range: '8000:8009' })), /port collision/);
  assert.match(
    told(await change({ internal_ip_address: '10.1.0.250' })),
    /The internal IP does not correspond to an address/,
  );
  const elsewhere = await inside('10.7.0.0/24');
  const second = await make('router', { external_gateway_info: { network_id: outside.id } });
  await add(second.id, { subnet_id: elsewhere.subnet.id });
  const far = await make('port', { network_id: elsewhere.network.id });
  assert.match(
    told(
      await forward({
        external_port: 7,
        internal_port: 7,
        internal_port_id: far.id,
        internal_ip_address: far.fixed_ips[0].ip_address,
      }),
    ),
    /had been set on router .* can not reach it\.$/,
  );
  assert.match(
    told(await forward({ external_port: 7, internal_port: 7, internal_port_id: outside.id })),
    /^404 PortNotFound/,
  );
  assert.match(told(await post(path, { port_forwarding: {} }, 'green')), /^404 FloatingIPNotFound|^400/);
  assert.deepEqual((await get(`floatingips/${outside.id}/port_forwardings`)).NeutronError.type, 'FloatingIPNotFound');
  const sibling = await make('port', { network_id: network.id });
  assert.equal(told(await remove(`ports/${port.id}`)), '204', 'forwardings go with their port');
  assert.deepEqual((await get(path)).port_forwardings, []);
  assert.equal((await get(`floatingips/${floatingIp.id}`)).floatingip.router_id, null);
  assert.equal(told(await put(`floatingips/${floatingIp.id}`, { floatingip: { port_id: sibling.id } })), '200');
});
