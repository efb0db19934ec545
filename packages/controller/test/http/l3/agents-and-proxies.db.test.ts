import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiUnderTest } from '../api-under-test.ts';
import { told, world } from './world.ts';

test('routers with something to do are spread over the agents, and can be moved by admins', async (t) => {
  const api = await apiUnderTest(t);
  const { outside, make, get, post, put, remove } = await world(api);
  for (const [host, abilities] of Object.entries({ h1: { l3: true }, h2: { l3: true }, h3: { l3: true, dvr: true } })) {
    await api.store.query(`INSERT INTO hosts (name, driver, facts) VALUES ($1, 'bridge', $2)`, [
      host,
      JSON.stringify({ abilities }),
    ]);
  }
  const agents = (await get('agents?agent_type=L3%20agent', 'admin')).agents;
  const idOf = (host: string) => agents.find((agent: { host: string }) => agent.host === host).id as string;
  assert.match(
    told(await post('routers', { router: { availability_zone_hints: ['no'] } })),
    /^404 AvailabilityZoneNotFound/,
  );
  const idle = await make('router', { availability_zone_hints: ['nova'] });
  const hosting = async (id: string) =>
    (await get(`routers/${id}/l3-agents`, 'admin')).agents.map((agent: { host: string }) => agent.host);
  assert.deepEqual(await hosting(idle.id), []);
  const external_gateway_info = { network_id: outside.id };
  const made = [];
  for (let i = 0; i < 4; i++) made.push(await make('router', { external_gateway_info }));
  const hosts = (await Promise.all(made.map(({ id }) => hosting(id)))).flat().toSorted((a, b) => (a < b ? -1 : 1));
  assert.deepEqual(hosts, ['h1', 'h1', 'h2', 'h2']);
  assert.deepEqual((await get(`routers/${made[0].id}`)).router.availability_zones, ['nova']);
  assert.match(
    told(await api.call('GET', `/v2.0/routers/${idle.id}/l3-agents`, undefined, { as: 'blue' })),
    /^403 PolicyNotAuthorized rule:get_l3-agents/,
  );
  const on = `agents/${idOf('h1')}/l3-routers`;
  assert.equal((await get(on, 'admin')).routers.length, 2);
  assert.equal(told(await post(on, { router_id: idle.id }, 'admin')), '201');
  assert.equal(told(await post(on, { router_id: idle.id }, 'admin')), '201', 'it is there already');
  assert.match(
    told(await post(`agents/${idOf('h2')}/l3-routers`, { router_id: idle.id }, 'admin')),
    /^409 RouterHostedByL3Agent/,
  );
  assert.match(
    told(await post(`agents/${idOf('h3')}/l3-routers`, { router_id: idle.id }, 'admin')),
    /^409 DVRL3CannotAssignToDvrAgent/,
  );
  const distributed = await make('router', { distributed: true }, 'admin');
  assert.match(told(await post(on, { router_id: distributed.id }, 'admin')), /^409 RouterL3AgentMismatch/);
  assert.match(told(await post(on, { router_id: outside.id }, 'admin')), /^404 RouterNotFound/);
  assert.match(told(await post(on, {}, 'admin')), /^400/);
  assert.equal(told(await remove(`${on}/${idle.id}`, 'admin')), '204');
  await put(`agents/${idOf('h1')}`, { agent: { admin_state_up: false } }, 'admin');
  assert.match(told(await post(on, { router_id: idle.id }, 'admin')), /^404 InvalidL3Agent/);
});

test('NDP proxies show addresses behind a router on an external network of the same scope', async (t) => {
  const api = await apiUnderTest(t);
  const { make, post, put, get, add, part, remove, outside } = await world(api);
  const inScope = async (kind: string, path: string, object: object) => {
    const reply = await post(path, { [kind]: object }, 'admin');
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    return reply.body[kind];
  };
  const { id: address_scope_id } = await inScope('address_scope', 'address-scopes', {
    name: 's',
    ip_version: 6,
    shared: true,
  });
  const pool = await inScope('subnetpool', 'subnetpools', {
    name: 'p',
    prefixes: ['2001:db8::/48'],
    default_prefixlen: 64,
    address_scope_id,
    shared: true,
  });
  const sixOn = (network: { id: string }, as: string) =>
    make('subnet', { network_id: network.id, ip_version: 6, subnetpool_id: pool.id }, as);
  const enable = { external_gateway_info: { network_id: outside.id }, enable_ndp_proxy: true };
  assert.match(
    told(await post('routers', { router: { enable_ndp_proxy: true } })),
    /^409 RouterGatewayNotValid .*not contain external gateway/,
  );
  assert.match(
    told(await post('routers', { router: enable })),
    /^409 RouterGatewayNotValid .*don't support IPv6 ndp proxy/,
  );
  await sixOn(outside, 'admin');
  const router = await make('router', enable);
  assert.equal(router.enable_ndp_proxy, true);
  const network = await make('network', {});
  const subnet = await sixOn(network, 'blue');
  const port = await make('port', { network_id: network.id });
  const proxy = (more: object = {}) =>
    post('ndp_proxies', { ndp_proxy: { router_id: router.id, port_id: port.id, ...more } });
  assert.match(told(await proxy()), /^409 PortUnreachableRouter/);
  await add(router.id, { subnet_id: subnet.id });
  assert.match(told(await proxy({ ip_address: '2001:db8::99' })), /^400 InvalidAddress .*not belong to the port/);
  const made = (await proxy()).body.ndp_proxy;
  assert.equal(made.ip_address, port.fixed_ips[0].ip_address);
  assert.match(told(await part(router.id, { subnet_id: subnet.id })), /^409 RouterInterfaceInUseByNDPProxy/);
  assert.match(
    told(await put(`routers/${router.id}`, { router: { external_gateway_info: {} } })),
    /^409 RouterGatewayInUseByNDPProxy/,
  );
  assert.equal((await put(`ndp_proxies/${made.id}`, { ndp_proxy: { name: 'x' } })).body.ndp_proxy.name, 'x');
  assert.match(told(await put(`routers/${router.id}`, { router: { enable_ndp_proxy: false } })), /^200/);
  assert.match(told(await proxy()), /^409 RouterNDPProxyNotEnable/);
  assert.equal(told(await remove(`ports/${port.id}`)), '204');
  assert.deepEqual((await get('ndp_proxies')).ndp_proxies, []);
  assert.equal(
    (await put(`routers/${router.id}`, { router: { external_gateway_info: {} } })).body.router.enable_ndp_proxy,
    false,
  );
});
