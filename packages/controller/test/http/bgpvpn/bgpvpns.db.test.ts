import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type Api, apiUnderTest, type Reply } from '../api-under-test.ts';

const BLUE = { as: 'blue' };
const RED = { as: 'red' };
const ADMIN = { as: 'admin' };

function world(api: Api) {
  const call = (method: string, path: string, body?: unknown, options = BLUE) =>
    api.call(method, `/v2.0/bgpvpn/bgpvpns${path}`, body, options);
  const make = (wanted: object = {}, options = ADMIN) =>
    call('POST', '', { bgpvpn: { project_id: 'blue', ...wanted } }, options);
  const vpn = async (wanted: object = {}): Promise<string> => (await make(wanted)).body.bgpvpn.id;
  async function thing(name: string, wanted: object = {}, options = BLUE): Promise<string> {
    const { status, body } = await api.call('POST', `/v2.0/${name}s`, { [name]: wanted }, options);
    assert.equal(status, 201, JSON.stringify(body));
    return body[name].id;
  }
  const associate = (id: string, kind: string, wanted: object, options = BLUE) =>
    call('POST', `/${id}/${kind}_associations`, { [`${kind}_association`]: wanted }, options);
  return { call, make, vpn, thing, associate };
}

function assertError({ status, body }: Reply, wanted: [number, string]): void {
  assert.deepEqual([status, body.NeutronError?.type], wanted, JSON.stringify(body));
}

test('admins make VPNs; their owners see what is theirs to see', async (t) => {
  const { call, make } = world(await apiUnderTest(t));
  assertError(await make({}, BLUE), [403, 'PolicyNotAuthorized']);
  const wanted = {
    name: 'v',
    route_targets: ['64512:1', '192.0.2.1:7', '4200000000:9'],
    import_targets: '1:2',
    vni: 100,
    local_pref: 4294967295,
  };
  const made = await make(wanted);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id, ...shown } = made.body.bgpvpn;
  assert.deepEqual(shown, {
    name: 'v',
    project_id: 'blue',
    tenant_id: 'blue',
    type: 'l3',
    route_targets: wanted.route_targets,
    import_targets: ['1:2'],
    export_targets: [],
    route_distinguishers: [],
    networks: [],
    routers: [],
    ports: [],
    vni: 100,
    local_pref: 4294967295,
  });
  assert.deepEqual((await call('GET', `/${id}`)).body.bgpvpn, {
    id,
    name: 'v',
    type: 'l3',
    networks: [],
    routers: [],
    ports: [],
    local_pref: 4294967295,
  });
  for (const target of ['65536:4294967296', '1:2:3', '256.0.0.1:1', '192.0.2.1:65536', '01:1', 'a:b', 7, '']) {
    assertError(await make({ route_targets: [target] }), [400, 'HTTPBadRequest']);
  }
  assertError(await make({ export_targets: ['1:1', '1:1'] }), [400, 'HTTPBadRequest']);
  assertError(await make({ type: 'l4' }), [400, 'HTTPBadRequest']);
  const put = (changes: object, options = BLUE) => call('PUT', `/${id}`, { bgpvpn: changes }, options);
  assert.equal((await put({ name: 'w' })).body.bgpvpn.name, 'w');
  assertError(await put({ route_targets: [] }), [403, 'PolicyNotAuthorized']);
  assert.deepEqual((await put({ route_targets: null }, ADMIN)).body.bgpvpn.route_targets, []);
  assertError(await put({ type: 'l2' }, ADMIN), [400, 'HTTPBadRequest']);
  assertError(await call('GET', `/${id}`, undefined, RED), [404, 'BGPVPNNotFound']);
  assertError(await call('DELETE', `/${id}`), [403, 'PolicyNotAuthorized']);
  assert.equal((await call('DELETE', `/${id}`, undefined, ADMIN)).status, 204);
});

test('networks are associated with VPNs of their own project', async (t) => {
  const api = await apiUnderTest(t);
  const { call, vpn, thing, associate } = world(api);
  const [one, other] = [await vpn(), await vpn({ type: 'l2' })];
  const network = await thing('network');
  const made = await associate(one, 'network', { network_id: network });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body.network_association;
  assert.deepEqual(made.body.network_association, { id, network_id: network });
  assertError(await associate(one, 'network', { network_id: network }), [400, 'BGPVPNNetAssocAlreadyExists']);
  assert.equal((await associate(other, 'network', { network_id: network })).status, 201);
  assert.deepEqual((await call('GET', `/${one}`)).body.bgpvpn.networks, [network]);
  const found = await call('GET', `?networks=${network}&type=l2&fields=id`);
  assert.deepEqual(found.body.bgpvpns, [{ id: other }]);

  assertError(await associate(one, 'network', { network_id: randomUUID() }), [404, 'NetworkNotFound']);
  assertError(await associate(one, 'network', {}), [400, 'HTTPBadRequest']);
  assertError(await associate(one, 'network', { network_id: network }, RED), [404, 'BGPVPNNotFound']);
  const foreign = await thing('network', { project_id: 'red' }, ADMIN);
  assertError(await associate(one, 'network', { network_id: foreign, project_id: 'blue' }, ADMIN), [
    403,
    'NotAuthorized',
  ]);
  const third = await thing('network');
  assertError(await associate(one, 'network', { network_id: third }, ADMIN), [403, 'NotAuthorized']);
  const forBlue = await associate(one, 'network', { network_id: third, project_id: 'blue' }, ADMIN);
  assert.equal(forBlue.body.network_association.project_id, 'blue');

  const path = `/${one}/network_associations`;
  assert.equal((await call('GET', path)).body.network_associations.length, 2);
  assert.equal((await call('GET', `${path}/${id}`)).body.network_association.network_id, network);
  assertError(await call('GET', `/${other}/network_associations/${id}`), [404, 'BGPVPNNetAssocNotFound']);
  assert.equal((await call('DELETE', `${path}/${id}`)).status, 204);
  assertError(await call('DELETE', `${path}/${id}`), [404, 'BGPVPNNetAssocNotFound']);
  assert.equal((await api.call('DELETE', `/v2.0/networks/${third}`, undefined, BLUE)).status, 204);
  assert.deepEqual((await call('GET', `/${one}`)).body.bgpvpn.networks, []);
  assert.equal((await call('DELETE', `/${other}`, undefined, ADMIN)).status, 204, 'with what is associated');
});

test('a network is in VPNs by itself or by its router', async (t) => {
  const api = await apiUnderTest(t);
  const { call, vpn, thing, associate } = world(api);
  const [one, layer2] = [await vpn(), await vpn({ type: 'l2' })];
  const [network, router] = [await thing('network'), await thing('router')];
  const subnet_id = await thing('subnet', { network_id: network, ip_version: 4, cidr: '10.1.0.0/24' });
  assertError(await associate(layer2, 'router', { router_id: router }), [400, 'BadRequest']);
  const made = await associate(one, 'router', { router_id: router, advertise_extra_routes: false });
  const { id } = made.body.router_association;
  assert.deepEqual(made.body.router_association, { id, router_id: router, advertise_extra_routes: false });
  assertError(await associate(one, 'router', { router_id: router }), [400, 'BGPVPNRouterAssocAlreadyExists']);
  const path = `/${one}/router_associations/${id}`;
  const changed = await call('PUT', path, { router_association: { advertise_extra_routes: true } });
  assert.equal(changed.body.router_association.advertise_extra_routes, true);

  const join = (what: string) =>
    api.call('PUT', `/v2.0/routers/${router}/${what}_router_interface`, { subnet_id }, BLUE);
  assert.equal((await join('add')).status, 200);
  const refused = await associate(one, 'network', { network_id: network });
  assertError(refused, [400, 'BadRequest']);
  assert.equal(
    refused.body.NeutronError.message,
    `Bad bgpvpn request: Network ${network} is linked to a router which is already associated to bgpvpn(s) ['${one}'].`,
  );
  assert.equal((await join('remove')).status, 200);
  assert.equal((await associate(one, 'network', { network_id: network })).status, 201);
  assertError(await join('add'), [400, 'BadRequest']);
  assert.equal((await call('DELETE', path)).status, 204);
  assert.equal((await join('add')).status, 200);
  assertError(await associate(one, 'router', { router_id: router }), [400, 'BadRequest']);
  assert.equal((await join('remove')).status, 200);
  assert.equal((await associate(one, 'router', { router_id: router })).status, 201);
  assert.equal((await api.call('DELETE', `/v2.0/routers/${router}`, undefined, BLUE)).status, 204);
  assert.deepEqual((await call('GET', `/${one}`)).body.bgpvpn.routers, []);
});

test('ports announce routes into VPNs', async (t) => {
  const api = await apiUnderTest(t);
  const { call, make, vpn, thing, associate } = world(api);
  const [one, next, layer2] = [await vpn(), await vpn(), await vpn({ type: 'l2' })];
  const foreign = (await make({ project_id: 'red' })).body.bgpvpn.id;
  const port = await thing('port', { network_id: await thing('network') });
  const routes = [
    { type: 'prefix', prefix: '10.0.0.0/8' },
    { type: 'bgpvpn', bgpvpn_id: next, local_pref: 7 },
  ];
  const put = (wanted: object) => associate(one, 'port', { port_id: port, ...wanted });
  const bad: [unknown, string][] = [
    ['x', 'InvalidInput'],
    [[{ type: 'prefix' }], 'InvalidInput'],
    [[{ type: 'prefix', prefix: 'x' }], 'InvalidInput'],
    [[{ type: 'prefix', prefix: '10.0.0.0/8', bgpvpn_id: next }], 'InvalidInput'],
    [[{ type: 'prefix', prefix: '10.0.0.0/8', local_pref: -1 }], 'InvalidInput'],
    [[{ type: 'bgpvpn', bgpvpn_id: randomUUID() }], 'BGPVPNPortAssocRouteNoSuchBGPVPN'],
    [[{ type: 'bgpvpn', bgpvpn_id: foreign }], 'BGPVPNPortAssocRouteNoSuchBGPVPN'],
    [[{ type: 'bgpvpn', bgpvpn_id: layer2 }], 'BGPVPNPortAssocRouteBGPVPNTypeDiffer'],
  ];
  for (const [wanted, type] of bad) assertError(await put({ routes: wanted }), [400, type]);
  const other = { routes: [{ type: 'bgpvpn', bgpvpn_id: foreign }], project_id: 'blue', port_id: port };
  assertError(await associate(one, 'port', other, ADMIN), [400, 'BGPVPNPortAssocRouteWrongBGPVPNProject']);
  const made = await put({ routes });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body.port_association;
  const shown = [{ ...routes[0], local_pref: null }, routes[1]];
  assert.deepEqual(made.body.port_association, { id, port_id: port, advertise_fixed_ips: true, routes: shown });
  assertError(await put({}), [400, 'BGPVPNPortAssocAlreadyExists']);
  const path = `/${one}/port_associations/${id}`;
  const change = (changes: object) => call('PUT', path, { port_association: changes });
  assert.deepEqual((await change({ advertise_fixed_ips: false })).body.port_association.routes, shown);
  assert.equal((await call('DELETE', `/${next}`, undefined, ADMIN)).status, 204);
  assert.deepEqual((await call('GET', path)).body.port_association.routes, [shown[0]]);
  assert.deepEqual((await change({ routes: null })).body.port_association.routes, []);
  assert.deepEqual((await call('GET', `?ports=${port}&fields=ports`)).body.bgpvpns, [{ ports: [port] }]);
  assert.equal((await api.call('DELETE', `/v2.0/ports/${port}`, undefined, BLUE)).status, 204);
  assertError(await call('GET', path), [404, 'BGPVPNPortAssocNotFound']);
});
