import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApiPlugin } from '../../../src/http/openapi/openapi-plugin.ts';
import { networkingApi } from '../../../src/http/resources/networking-resources.ts';
import { type Api, apiUnderTest } from '../api-under-test.ts';

interface Description {
  readonly paths: Readonly<Record<string, object>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties: object }>> };
}

test('the description is served, and answers show what it says', async (t) => {
  const plugin = openApiPlugin(networkingApi(), 'http://192.0.2.1:9696');
  const api = await apiUnderTest(t, { plugins: [plugin] });
  const { status, body } = await api.call('GET', '/v2.0/netloom/openapi.json');
  assert.equal(status, 200);
  assert.equal(body.servers[0].url, 'http://192.0.2.1:9696/v2.0');
  const { components, paths } = body as Description;
  for (const [schema, shown] of Object.entries(await oneOfEach(api))) {
    const described = Object.keys(components.schemas[schema]?.properties ?? {});
    const strange = Object.keys(shown).filter((name) => !described.includes(name));
    assert.deepEqual(strange, [], schema);
    // Some are shown only of some objects, as is_default of external networks.
    assert.ok(described.length - Object.keys(shown).length <= 2, `${schema}: ${described.join()}`);
  }
  for (const path of Object.keys(paths).filter((one) => !one.includes('{') && !one.startsWith('/netloom'))) {
    assert.notEqual((await api.call('GET', `/v2.0${path}`)).status, 404, path);
  }
  assert.equal((await api.call('GET', '/v2.0/netloom/openapi.json', undefined, { as: '' })).status, 401);
});

/** Objects as an admin sees them, by the name of their schema. */
async function oneOfEach(api: Api): Promise<Record<string, object>> {
  const make = async (path: string, name: string, attributes: object) => {
    const { status, body } = await api.call('POST', `/v2.0/${path}`, { [name]: attributes });
    assert.equal(status, 201, JSON.stringify(body));
    return (await api.call('GET', `/v2.0/${path}/${body[name].id}`)).body[name];
  };
  const network = await make('networks', 'network', {});
  const subnet = await make('subnets', 'subnet', { network_id: network.id, ip_version: 4, cidr: '10.1.0.0/24' });
  return {
    Network: network,
    Subnet: subnet,
    SecurityGroup: await make('security-groups', 'security_group', { name: 'web' }),
    AddressScope: await make('address-scopes', 'address_scope', { name: 'inside', ip_version: 4 }),
    Policy: await make('qos/policies', 'policy', { name: 'slow' }),
  };
}
