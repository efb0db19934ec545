import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type Api, apiUnderTest, type Reply } from '../api-under-test.ts';

const BLUE = { as: 'blue' };
const RED = { as: 'red' };
const ADMIN = { as: 'admin' };

async function world(api: Api) {
  const call = (method: string, path: string, body?: unknown, options = BLUE) =>
    api.call(method, `/v2.0/taas/${path}`, body, options);
  const make = (name: string, wanted: object, options = BLUE) => call('POST', `${name}s`, { [name]: wanted }, options);
  const shared = { network: { shared: true, project_id: 'blue' } };
  const network = (await api.call('POST', '/v2.0/networks', shared)).body.network.id;
  const port = async (options = BLUE): Promise<string> =>
    (await api.call('POST', '/v2.0/ports', { port: { network_id: network } }, options)).body.port.id;
  return { call, make, port };
}

function assertError({ status, body }: Reply, wanted: [number, string]): void {
  assert.deepEqual([status, body.NeutronError?.type], wanted, JSON.stringify(body));
}

test('flows of a project go to its tap services', async (t) => {
  const api = await apiUnderTest(t);
  const { call, make, port } = await world(api);
  const [target, source, foreign] = [await port(), await port(), await port(RED)];
  const made = await make('tap_service', { port_id: target, name: 's' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id: service, ...shown } = made.body.tap_service;
  assert.deepEqual(shown, {
    name: 's',
    project_id: 'blue',
    tenant_id: 'blue',
    description: '',
    port_id: target,
    status: 'DOWN',
  });
  assertError(await make('tap_service', { port_id: target }, RED), [404, 'PortNotFound']);
  assertError(await make('tap_service', { port_id: target }, ADMIN), [403, 'PortDoesNotBelongToTenant']);
  assertError(await make('tap_service', { port_id: foreign }), [403, 'PortDoesNotBelongToTenant']);
  assertError(await make('tap_service', {}), [400, 'HTTPBadRequest']);

  const flow = (more: object = {}, options = BLUE) =>
    make('tap_flow', { tap_service_id: service, source_port: source, direction: 'BOTH', ...more }, options);
  const first = await flow({ vlan_filter: '9,18-27' });
  assert.equal(first.status, 201, JSON.stringify(first.body));
  const { tap_flow } = first.body;
  assert.deepEqual(
    [tap_flow.status, tap_flow.vlan_filter, tap_flow.direction, tap_flow.tap_service_id],
    ['DOWN', '9,18-27', 'BOTH', service],
  );
  for (const bad of [{ direction: 'UP' }, { vlan_filter: '9-' }, { vlan_filter: 9 }, { tap_service_id: 'x' }]) {
    assertError(await flow(bad), [400, 'HTTPBadRequest']);
  }
  assertError(await flow({ tap_service_id: randomUUID() }), [404, 'TapServiceNotFound']);
  assertError(await flow({ source_port: randomUUID() }), [404, 'InvalidSourcePort']);
  assertError(await flow({}, RED), [404, 'TapServiceNotFound']);
  assertError(await flow({}, ADMIN), [403, 'TapServiceNotBelongToTenant']);
  assertError(await flow({ source_port: foreign }), [403, 'PortDoesNotBelongToTenant']);
  assert.equal((await flow({ source_port: foreign, project_id: 'blue' }, ADMIN)).status, 201);
  assertError(await call('PUT', `tap_flows/${tap_flow.id}`, { tap_flow: { direction: 'IN' } }), [
    400,
    'HTTPBadRequest',
  ]);
  const renamed = await call('PUT', `tap_flows/${tap_flow.id}`, { tap_flow: { name: 'f' } });
  assert.equal(renamed.body.tap_flow.name, 'f');
  const found = await call('GET', `tap_flows?source_port=${source}&fields=id`);
  assert.deepEqual(found.body.tap_flows, [{ id: tap_flow.id }]);
  assertError(await call('GET', `tap_flows/${tap_flow.id}`, undefined, RED), [404, 'TapFlowNotFound']);

  assert.equal((await api.call('DELETE', `/v2.0/ports/${source}`, undefined, BLUE)).status, 204);
  assertError(await call('GET', `tap_flows/${tap_flow.id}`), [404, 'TapFlowNotFound']);
  assert.equal((await call('DELETE', `tap_services/${service}`)).status, 204);
  assert.deepEqual((await call('GET', 'tap_flows')).body.tap_flows, [], 'flows go with their service');
});

test('mirrors go through tunnels of their own', async (t) => {
  const api = await apiUnderTest(t);
  const { call, make, port } = await world(api);
  const port_id = await port();
  const mirror = (directions: unknown, more: object = {}) =>
    make('tap_mirror', { port_id, directions, remote_ip: '2001:DB8::1', mirror_type: 'gre', ...more });
  const made = await mirror({ IN: '101', OUT: 102 });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id, ...shown } = made.body.tap_mirror;
  assert.deepEqual(shown, {
    name: '',
    project_id: 'blue',
    tenant_id: 'blue',
    description: '',
    port_id,
    directions: { IN: 101, OUT: 102 },
    remote_ip: '2001:db8::1',
    mirror_type: 'gre',
  });
  const taken = await mirror({ BOTH: 102 });
  assertError(taken, [409, 'TapMirrorTunnelConflict']);
  assert.equal(taken.body.NeutronError.message, 'Tap Mirror with tunnel_id 102 already exists');
  for (const bad of [{ UP: 1 }, { IN: 'x' }, 'x', { IN: -1 }]) assert.equal((await mirror(bad)).status, 400);
  assertError(await mirror({ IN: 1 }, { remote_ip: 'x' }), [400, 'HTTPBadRequest']);
  assertError(await mirror({ IN: 1 }, { mirror_type: 'vxlan' }), [400, 'HTTPBadRequest']);
  assertError(await mirror({ IN: 1 }, { port_id: await port(RED) }), [403, 'PortDoesNotBelongToTenant']);
  const many = await Promise.all([1, 2, 3, 4].map(() => mirror({ IN: 7 })));
  assert.deepEqual(
    many.map((answer) => answer.status).toSorted((a, b) => a - b),
    [201, 409, 409, 409],
  );
  assert.equal((await call('PUT', `tap_mirrors/${id}`, { tap_mirror: { name: 'm' } })).body.tap_mirror.name, 'm');
  const found = await call('GET', 'tap_mirrors?remote_ip=2001:db8:0::1&name=m&fields=id');
  assert.deepEqual(found.body.tap_mirrors, [{ id }]);
  assertError(await call('DELETE', `tap_mirrors/${id}`, undefined, RED), [404, 'TapMirrorNotFound']);
  assert.equal((await api.call('DELETE', `/v2.0/ports/${port_id}`, undefined, BLUE)).status, 204);
  assert.deepEqual((await call('GET', 'tap_mirrors')).body.tap_mirrors, []);
});
