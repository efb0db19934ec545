import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decisions } from '../../src/http/access.ts';
import { type Api, apiUnderTest } from './api-under-test.ts';

async function make(api: Api, kind: string, object: Record<string, unknown>, as: string) {
  const answer = await api.call('POST', `/v2.0/${kind}s`, { [kind]: object }, { as });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body[kind];
}

/** Status, and the error's type where there is one. */
async function outcome(api: Api, as: string, method: string, path: string, body?: unknown): Promise<string> {
  const answer = await api.call(method, path, body, { as });
  return [answer.status, answer.body.NeutronError?.type].filter(Boolean).join(' ');
}

test('who sees and changes what', async (t) => {
  const api = await apiUnderTest(t);
  const own = await make(api, 'network', { name: 'own' }, 'blue');
  const shared = await make(api, 'network', { name: 'shared', shared: true }, 'admin');
  const ownSubnet = await make(api, 'subnet', { network_id: own.id, ip_version: 4, cidr: '10.1.0.0/24' }, 'blue');
  const sharedSubnet = await make(
    api,
    'subnet',
    { network_id: shared.id, ip_version: 4, cidr: '10.2.0.0/24' },
    'admin',
  );
  const ownPort = await make(api, 'port', { network_id: own.id }, 'blue');
  const onShared = await make(api, 'port', { network_id: shared.id }, 'blue');
  const adminsOnOwn = await make(api, 'port', { network_id: own.id, project_id: 'staff' }, 'admin');

  const paths = {
    own: `/v2.0/networks/${own.id}`,
    shared: `/v2.0/networks/${shared.id}`,
    ownSubnet: `/v2.0/subnets/${ownSubnet.id}`,
    sharedSubnet: `/v2.0/subnets/${sharedSubnet.id}`,
    ownPort: `/v2.0/ports/${ownPort.id}`,
    onShared: `/v2.0/ports/${onShared.id}`,
    adminsOnOwn: `/v2.0/ports/${adminsOnOwn.id}`,
  };
  const FORBIDDEN = '403 PolicyNotAuthorized';
  const table: [who: string, object: keyof typeof paths, get: string, put: string][] = [
    ['blue', 'own', '200', '200'],
    ['blue reader', 'own', '200', FORBIDDEN],
    ['green', 'own', '404 NetworkNotFound', '404 NetworkNotFound'],
    ['green', 'shared', '200', FORBIDDEN],
    ['admin', 'own', '200', '200'],
    ['green', 'ownSubnet', '404 SubnetNotFound', '404 SubnetNotFound'],
    ['green', 'sharedSubnet', '200', FORBIDDEN],
    ['blue', 'ownSubnet', '200', '200'],
    ['green', 'ownPort', '404 PortNotFound', '404 PortNotFound'],
    ['green', 'onShared', '404 PortNotFound', '404 PortNotFound'],
    ['blue', 'onShared', '200', '200'],
    ['blue', 'adminsOnOwn', '200', FORBIDDEN],
    ['staff', 'adminsOnOwn', '200', '200'],
  ];
  for (const [who, object, get, put] of table) {
    const kind = paths[object].split('/')[2]?.slice(0, -1) ?? '';
    assert.equal(await outcome(api, who, 'GET', paths[object]), get, `${who} gets ${object}`);
    assert.equal(
      await outcome(api, who, 'PUT', paths[object], { [kind]: { name: 'n' } }),
      put,
      `${who} puts ${object}`,
    );
    const { body } = await api.call('GET', `/v2.0/${kind}s?fields=id`, undefined, { as: who });
    const listed = body[`${kind}s`].some((one: { id: string }) => paths[object].endsWith(one.id));
    assert.equal(listed, get === '200', `${who} lists ${object}`);
  }

  const port = (more: Record<string, unknown>) => ({ port: { network_id: shared.id, ...more } });
  const creations: [who: string, path: string, body: unknown, expected: string][] = [
    ['blue reader', '/v2.0/networks', { network: {} }, FORBIDDEN],
    ['green', '/v2.0/ports', { port: { network_id: own.id } }, '404 NetworkNotFound'],
    ['green', '/v2.0/subnets', { subnet: { network_id: shared.id, ip_version: 4, cidr: '10.3.0.0/24' } }, FORBIDDEN],
    ['green', '/v2.0/ports', port({ fixed_ips: [{ ip_address: '10.2.0.9' }] }), FORBIDDEN],
    ['green', '/v2.0/ports', port({ mac_address: 'fa:16:3e:00:00:01' }), FORBIDDEN],
    ['green', '/v2.0/ports', port({ device_owner: 'network:dhcp' }), FORBIDDEN],
    ['green', '/v2.0/ports', port({ device_owner: 'compute:nova' }), '201'],
    ['green', '/v2.0/ports', port({ 'binding:profile': {} }), '201'],
    ['green', '/v2.0/ports', port({ 'binding:profile': { a: 1 } }), FORBIDDEN],
    ['green', '/v2.0/networks', { network: { shared: false } }, '201'],
    ['green', '/v2.0/networks', { network: { 'netloom:flood': 'head-end' } }, FORBIDDEN],
    ['blue', '/v2.0/ports', { port: { network_id: own.id, mac_address: 'fa:16:3e:00:00:02' } }, '201'],
  ];
  for (const [who, path, body, expected] of creations) {
    assert.equal(await outcome(api, who, 'POST', path, body), expected, `${who} posts ${path} ${JSON.stringify(body)}`);
  }

  const member = await api.call('GET', `/v2.0/ports/${ownPort.id}`, undefined, { as: 'blue' });
  assert.deepEqual(
    Object.keys(member.body.port).filter((name) => name.startsWith('binding:')),
    ['binding:vnic_type'],
  );
  assert.equal(await outcome(api, 'blue', 'GET', '/v2.0/ports?binding:host_id=h1'), '400 HTTPBadRequest');
  assert.equal(await outcome(api, 'admin', 'GET', '/v2.0/ports?binding:host_id=h1'), '200');
  assert.equal(
    await outcome(api, 'admin', 'PUT', paths.shared, { network: { shared: false } }),
    '409 InvalidSharedSetting',
  );
  assert.equal(await outcome(api, 'blue', 'DELETE', paths.adminsOnOwn), '204', 'it is on my network');
});

test('another decision engine may take the place of the rules', async (t) => {
  const asked: string[] = [];
  const nobodyDeletes: Decisions = {
    holds: () => true,
    holdsSql: () => 'TRUE',
    refusal(_caller, { rule }) {
      asked.push(rule);
      return rule.startsWith('delete_') ? 'rule:maintenance' : undefined;
    },
    isTrusted: () => false,
  };
  const api = await apiUnderTest(t, { decisions: nobodyDeletes });
  const network = await make(api, 'network', {}, 'blue');
  const path = `/v2.0/networks/${network.id}`;
  assert.equal(network['provider:network_type'], undefined, 'nobody is trusted');
  assert.equal(await outcome(api, 'green', 'GET', path), '200');
  assert.equal(await outcome(api, 'green', 'PUT', path, { network: { shared: true } }), '200');
  const refused = await api.call('DELETE', path, undefined, { as: 'admin' });
  assert.deepEqual(
    [refused.status, refused.body.NeutronError.message],
    [403, 'rule:maintenance is disallowed by policy'],
  );
  assert.deepEqual(asked, ['create_network', 'update_network', 'delete_network']);
});
