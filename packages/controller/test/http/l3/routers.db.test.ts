import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiUnderTest } from '../api-under-test.ts';
import { told, world } from './world.ts';

const BAD = '400 BadRequest Bad router request:';

test('a gateway is the admin’s to detail, moves, and goes with its port', async (t) => {
  const api = await apiUnderTest(t);
  const { make, put, get, remove, outside, outsideSubnet } = await world(api);
  const gateway = { network_id: outside.id };
  for (const more of [{ enable_snat: true }, { external_fixed_ips: [] }]) {
    assert.match(told(await put('routers/x', { router: {} })), /^404 RouterNotFound/);
    assert.match(
      told(
        await api.call(
          'POST',
          '/v2.0/routers',
          { router: { external_gateway_info: { ...gateway, ...more } } },
          { as: 'blue' },
        ),
      ),
      /^403 PolicyNotAuthorized .*create_router:external_gateway_info/,
    );
  }
  const router = await make('router', { external_gateway_info: gateway });
  assert.deepEqual(router.external_gateway_info.enable_snat, true);
  const ports = async () => (await get(`ports?device_id=${router.id}`, 'admin')).ports;
  const [port] = await ports();
  assert.deepEqual([port.device_owner, port.project_id], ['network:router_gateway', '']);
  assert.deepEqual(router.external_gateway_info.external_fixed_ips, port.fixed_ips);
  assert.deepEqual((await get(`ports?device_id=${router.id}`)).ports, [], 'blue does not see it');
  assert.match(told(await remove(`ports/${port.id}`, 'admin')), /^409 ServicePortInUse/);

  const two = [
    { subnet_id: outsideSubnet.id, ip_address: '198.51.100.20' },
    { subnet_id: outsideSubnet.id, ip_address: '198.51.100.21' },
  ];
  const info = { ...gateway, external_fixed_ips: two, enable_snat: false };
  const changed = await put(`routers/${router.id}`, { router: { external_gateway_info: info } }, 'admin');
  assert.deepEqual(changed.body.router.external_gateway_info, info);
  assert.equal((await ports())[0].id, port.id, 'the same port');
  const own = { ...gateway, external_fixed_ips: [{ ip_address: outsideSubnet.gateway_ip }] };
  assert.equal(
    told(await put(`routers/${router.id}`, { router: { external_gateway_info: own } }, 'admin')),
    `${BAD} External IP 198.51.100.1 is the same as the gateway IP.`,
  );
  const taken = { ...gateway, external_fixed_ips: [two[0]] };
  assert.match(
    told(await api.call('POST', '/v2.0/routers', { router: { external_gateway_info: taken } })),
    /^409 IpAddressAlreadyAllocated/,
  );
  const kept = await put(`routers/${router.id}`, { router: { name: 'x' } });
  assert.deepEqual(kept.body.router.external_gateway_info, info);
  assert.equal(
    (await put(`routers/${router.id}`, { router: { external_gateway_info: {} } })).body.router.external_gateway_info,
    null,
  );
  assert.deepEqual(await ports(), []);
  await put(`routers/${router.id}`, { router: { external_gateway_info: gateway } });
  assert.equal(told(await remove(`routers/${router.id}`)), '204');
  assert.deepEqual(await ports(), []);
  const [left] = await api.store.query('SELECT FROM ip_allocations WHERE subnet_id = $1', [outsideSubnet.id]);
  assert.equal(left, undefined);
});

test('interfaces: by port, by subnet, and what cannot be joined', async (t) => {
  const api = await apiUnderTest(t);
  const { make, inside, add, part, get, put, remove, outside } = await world(api);
  const a = await inside('10.1.0.0/24');
  const overlapping = await inside('10.1.0.128/25');
  const router = await make('router', {});
  const joined = await add(router.id, { subnet_id: a.subnet.id });
  const portId = joined.body.port_id;
  assert.equal(told(joined), '200');
  assert.equal((await get(`ports/${portId}`)).port.fixed_ips[0].ip_address, '10.1.0.1');
  assert.equal(
    told(await add(router.id, { subnet_id: overlapping.subnet.id })),
    `${BAD} Cidr 10.1.0.128/25 of subnet ${overlapping.subnet.id} overlaps with cidr 10.1.0.0/24 of subnet ${a.subnet.id}.`,
  );
  assert.match(told(await put(`subnets/${a.subnet.id}`, { subnet: { gateway_ip: null } })), /^409 GatewayIpInUse/);
  assert.equal(told(await add(router.id, { subnet_id: 'x' })), `${BAD} 'x' is not a valid UUID.`);
  const nowhere = '00000000-0000-0000-0000-000000000001';
  assert.match(told(await add(router.id, { subnet_id: nowhere })), /^404 SubnetNotFound/);
  assert.match(told(await add(router.id, { port_id: nowhere })), /^404 PortNotFound/);
  const bare = await inside('10.2.0.0/24', { gateway_ip: null });
  assert.equal(
    told(await add(router.id, { subnet_id: bare.subnet.id })),
    `${BAD} Subnet for router interface must have a gateway IP.`,
  );
  const busy = await make('port', { network_id: bare.network.id, device_id: 'vm' });
  assert.equal(
    told(await add(router.id, { port_id: busy.id })),
    `409 PortInUse Unable to complete operation on port ${busy.id} for network ${bare.network.id}. Port already has an attached device vm.`,
  );
  const free = await make('port', { network_id: bare.network.id });
  const byPort = await add(router.id, { port_id: free.id });
  assert.deepEqual(byPort.body.subnet_ids, [bare.subnet.id]);
  const made = (await get(`ports/${free.id}`)).port;
  assert.deepEqual([made.device_owner, made.device_id], ['network:router_interface', router.id]);
  const twoFree = await make('port', { network_id: bare.network.id });
  assert.equal(
    told(await add(router.id, { port_id: twoFree.id })),
    `${BAD} Router already has a port on subnet ${bare.subnet.id}.`,
  );
  assert.equal((await get(`ports/${twoFree.id}`)).port.device_id, '', 'nothing half-done');
  assert.match(
    told(await part(router.id, { port_id: twoFree.id })),
    /^404 RouterInterfaceNotFound Router .* does not have an interface with id/,
  );
  assert.match(told(await part(router.id, { port_id: free.id, subnet_id: a.subnet.id })), /^400 SubnetMismatchForPort/);
  assert.match(told(await remove(`routers/${router.id}`)), /^409 RouterInUse .*, /);
  assert.equal(told(await part(router.id, { port_id: free.id })), '200');
  assert.equal(told(await remove(`ports/${free.id}`)), `404 PortNotFound Port ${free.id} could not be found.`);
  assert.match(told(await remove(`subnets/${a.subnet.id}`)), /^409 SubnetInUse/);
  assert.equal(told(await part(router.id, { subnet_id: a.subnet.id })), '200');
  assert.equal(told(await remove(`routers/${router.id}`)), '204');
  assert.match(
    told(await add((await make('router', {})).id, { subnet_id: outside.subnets?.[0] ?? nowhere })),
    /^40/,
    'no interface on somebody else’s network',
  );
});

test('the IPv4 addresses of an interface change with its router only', async (t) => {
  const api = await apiUnderTest(t);
  const { add, inside, make, put, post } = await world(api);
  const { network, subnet } = await inside('10.0.0.0/24');
  const router = await make('router', {});
  const { port_id: port } = (await add(router.id, { subnet_id: subnet.id })).body;
  const address = (ip_address: string) => ({ subnet_id: subnet.id, ip_address });
  const move = (id: string, ...ips: string[]) => put(`ports/${id}`, { port: { fixed_ips: ips.map(address) } });
  const refusal = `400 BadRequest Bad ports request: IP updates for port ${port} are not allowed.`;
  assert.equal(told(await move(port, '10.0.0.9')), refusal);
  assert.equal(told(await move(port, '10.0.0.1', '10.0.0.9')), refusal);
  assert.equal(told(await move(port)), refusal);
  assert.equal(told(await move(port, '10.0.0.1')), '200');
  assert.equal(told(await put(`ports/${port}`, { port: { name: 'way out' } })), '200');
  // Nobody's interface: its router is not there.
  const loose = { network_id: network.id, device_owner: 'network:router_interface', device_id: 'x' };
  const { id } = (await post('ports', { port: loose })).body.port;
  assert.equal(told(await move(id, '10.0.0.9')), '200');
});

test('IPv6 subnets of one network share a port of the router, with automatic addresses too', async (t) => {
  const api = await apiUnderTest(t);
  const { make, inside, add, part, get } = await world(api);
  const { network, subnet: one } = await inside('fd00:1::/64', { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' });
  const two = await make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00:2::/64' });
  const router = await make('router', {});
  const first = (await add(router.id, { subnet_id: one.id })).body;
  assert.deepEqual((await get(`ports/${first.port_id}`)).port.fixed_ips, [
    { subnet_id: one.id, ip_address: one.gateway_ip },
  ]);
  const second = (await add(router.id, { subnet_id: two.id })).body;
  assert.equal(second.port_id, first.port_id);
  const both = (await get(`ports/${first.port_id}`)).port.fixed_ips;
  assert.deepEqual(
    both.map((ip: { ip_address: string }) => ip.ip_address),
    [one.gateway_ip, two.gateway_ip],
  );
  const ready = await inside('fd00:3::/64', { ipv6_address_mode: 'slaac' });
  assert.match(told(await add(router.id, { subnet_id: ready.subnet.id })), /receive RAs from an external router/);
  const alone = await make('port', { network_id: network.id, fixed_ips: [{ subnet_id: two.id }] });
  assert.match(told(await add(router.id, { port_id: alone.id })), /^400 BadRequest .*already contains IPv6 port/);
  assert.equal(told(await part(router.id, { subnet_id: one.id })), '200');
  assert.deepEqual((await get(`ports/${first.port_id}`)).port.fixed_ips.length, 1);
  assert.equal(told(await part(router.id, { subnet_id: two.id })), '200');
  assert.equal((await get(`ports?device_id=${router.id}`)).ports.length, 0);
});

test('routes stay reachable, and only so many', async (t) => {
  const api = await apiUnderTest(t);
  const { make, inside, add, put, get, outside } = await world(api);
  const { subnet } = await inside('10.1.0.0/24');
  const router = await make('router', {});
  await add(router.id, { subnet_id: subnet.id });
  const set = (routes: unknown) => put(`routers/${router.id}`, { router: { routes } });
  const via = (nexthop: string, i = 0) => ({ destination: `192.0.2.${i}/32`, nexthop });
  assert.match(told(await set([via('10.1.0.1')])), /^400 InvalidRoutes .*the nexthop is used by router$/);
  assert.match(told(await set(Array.from({ length: 31 }, (_, i) => via('10.1.0.9', i)))), /^400 RoutesExhausted/);
  assert.match(
    told(await set([via('10.1.0.9'), via('10.1.0.9')])),
    /^400 HTTPBadRequest Invalid input for routes. Reason: Duplicate hostroute/,
  );
  assert.match(told(await put(`routers/${router.id}/add_extraroutes`, { router: {} })), /^400 HTTPBadRequest/);
  assert.match(told(await put(`routers/${router.id}/add_extraroutes`, 7)), /^400 HTTPBadRequest/);
  const added = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      put(`routers/${router.id}/add_extraroutes`, { router: { routes: [via('10.1.0.9', i)] } }),
    ),
  );
  assert.deepEqual([...new Set(added.map(told))], ['200']);
  assert.equal((await get(`routers/${router.id}`)).router.routes.length, 8, 'none lost');
  assert.equal(added[0]?.body.router.gw_port_id, undefined);
  await put(`routers/${router.id}`, { router: { external_gateway_info: { network_id: outside.id } } });
  const both = await set([via('10.1.0.9'), { destination: '203.0.113.0/24', nexthop: '198.51.100.99' }]);
  assert.equal(told(both), '200');
  assert.match(
    told(await put(`routers/${router.id}`, { router: { external_gateway_info: {} } })),
    /^400 InvalidRoutes .*not connected with router$/,
  );
});

test('distributed and highly available are for admins, and change only while a router is down', async (t) => {
  const api = await apiUnderTest(t);
  const { make, inside, add, put, get, post } = await world(api);
  for (const name of ['distributed', 'ha']) {
    assert.match(told(await post('routers', { router: { [name]: false } })), /^403 PolicyNotAuthorized/);
  }
  const router = await make('router', {});
  const { subnet } = await inside('10.1.0.0/24');
  const { port_id } = (await add(router.id, { subnet_id: subnet.id })).body;
  const owner = async () => (await get(`ports/${port_id}`)).port.device_owner;
  const change = (object: unknown) => put(`routers/${router.id}`, { router: object }, 'admin');
  assert.match(
    told(await change({ distributed: true })),
    /Cannot change the 'distributed' attribute of active routers/,
  );
  assert.match(told(await change({ distributed: true, admin_state_up: false })), /Cannot change the 'distributed'/);
  assert.match(told(await change({ ha: true })), /Cannot change HA attribute of active routers/);
  assert.equal(told(await change({ admin_state_up: false })), '200');
  assert.equal((await change({ distributed: true })).body.router.distributed, true);
  assert.equal(await owner(), 'network:router_interface_distributed');
  assert.equal((await change({ distributed: null, ha: null, enable_ndp_proxy: null })).body.router.distributed, true);
  await change({ distributed: false, ha: true });
  assert.equal(await owner(), 'network:ha_router_replicated_interface');
});

test('flavors: made of profiles, they say what a router is', async (t) => {
  const api = await apiUnderTest(t);
  const { make, post, put, get, remove } = await world(api);
  const driver = 'neutron.services.l3_router.service_providers.dvr.DvrDriver';
  assert.match(told(await post('flavors', { flavor: { service_type: 'L3_ROUTER_NAT' } })), /^403/);
  assert.match(told(await post('flavors', { flavor: { service_type: 'NO' } }, 'admin')), /^400 InvalidServiceType/);
  assert.match(told(await post('service_profiles', { service_profile: {} }, 'admin')), /^400 ServiceProfileEmpty/);
  assert.match(
    told(await post('service_profiles', { service_profile: { driver: 'x' } }, 'admin')),
    /^404 ServiceProfileDriverNotFound/,
  );
  const flavor = await make('flavor', { name: 'f', service_type: 'L3_ROUTER_NAT' }, 'admin');
  const profile = await make('service_profile', { driver, metainfo: { a: 1 } }, 'admin');
  assert.deepEqual(profile.metainfo, { a: 1 });
  const inFlavor = `flavors/${flavor.id}/service_profiles`;
  assert.match(
    told(await post('routers', { router: { flavor_id: flavor.id } })),
    /^404 FlavorServiceProfileBindingNotFound/,
  );
  assert.match(told(await post('routers', { router: { flavor_id: 'x' } })), /^404 FlavorNotFound/);
  assert.equal(told(await post(inFlavor, { service_profile: { id: profile.id } }, 'admin')), '201');
  assert.match(
    told(await post(inFlavor, { service_profile: { id: profile.id } }, 'admin')),
    /^409 FlavorServiceProfileBindingExists/,
  );
  const other = '00000000-0000-0000-0000-000000000001';
  assert.match(told(await post(inFlavor, { service_profile: { id: other } }, 'admin')), /^404 ServiceProfileNotFound/);
  assert.deepEqual((await get(`flavors/${flavor.id}`)).flavor.service_profiles, [profile.id]);
  assert.deepEqual((await get(`flavors/${flavor.id}/next_providers`, 'admin')).next_providers, [
    { driver, provider: 'dvr' },
  ]);
  const router = await make('router', { flavor_id: flavor.id });
  assert.equal((await get(`routers/${router.id}`, 'admin')).router.distributed, true);
  assert.match(
    told(await post('routers', { router: { flavor_id: flavor.id, ha: true } }, 'admin')),
    /^400 InvalidInput .*Provider dvr does not support ha=True/,
  );
  assert.match(told(await remove(`flavors/${flavor.id}`, 'admin')), /^409 FlavorInUse/);
  assert.match(told(await remove(`service_profiles/${profile.id}`, 'admin')), /^409 ServiceProfileInUse/);
  assert.match(
    told(await put(`service_profiles/${profile.id}`, { service_profile: { description: 'x' } }, 'admin')),
    /^409 ServiceProfileInUse/,
  );
  assert.equal(told(await remove(`${inFlavor}/${profile.id}`, 'admin')), '204');
  assert.match(told(await remove(`${inFlavor}/${profile.id}`, 'admin')), /^404 FlavorServiceProfileBindingNotFound/);
  await remove(`routers/${router.id}`);
  assert.equal(told(await remove(`flavors/${flavor.id}`, 'admin')), '204');
});

test('conntrack helpers: of known names, once, and only where they can be seen', async (t) => {
  const api = await apiUnderTest(t);
  const { make, post, put, get, remove } = await world(api);
  const { id } = await make('router', {});
  const path = `routers/${id}/conntrack_helpers`;
  const helper = { protocol: 'tcp', port: 21, helper: 'ftp' };
  const made = (await post(path, { conntrack_helper: helper })).body.conntrack_helper;
  assert.deepEqual((await get(`routers/${id}`)).router.conntrack_helpers, [helper]);
  assert.match(
    told(await post(path, { conntrack_helper: helper })),
    /^400 BadRequest Bad conntrack_helper request: A duplicate conntrack helper entry/,
  );
  assert.match(
    told(await post(path, { conntrack_helper: { ...helper, helper: 'x' } })),
    /^400 ConntrackHelperNotAllowed/,
  );
  assert.match(
    told(await post(path, { conntrack_helper: { ...helper, protocol: 'udp' } })),
    /^400 InvalidProtocolForHelper .*Supported protocols are: tcp$/,
  );
  assert.match(
    told(await put(`${path}/${made.id}`, { conntrack_helper: { protocol: 'udp' } })),
    /^400 InvalidProtocolForHelper/,
  );
  assert.equal(
    (await put(`${path}/${made.id}`, { conntrack_helper: { port: 2121 } })).body.conntrack_helper.port,
    2121,
  );
  assert.match(told(await post(path, { conntrack_helper: helper }, 'green')), /^404 RouterNotFound/);
  assert.match(told(await remove(`${path}/${made.id}`, 'green')), /^404/);
  assert.equal(told(await remove(`routers/${id}`)), '204', 'they go with their router');
});
