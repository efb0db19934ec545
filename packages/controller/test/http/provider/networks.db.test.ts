import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settleDefaultRanges } from '../../../src/http/resources/segments/default-ranges.ts';
import { type Api, apiUnderTest, type Reply } from '../api-under-test.ts';
import { ADMIN, captured, play } from '../replay.ts';

type Values = Record<string, unknown>;

const INPUT = '400 InvalidInput Invalid input for operation:';

function told({ status, body }: Reply): string {
  return body?.NeutronError ? `${status} ${body.NeutronError.type} ${body.NeutronError.message}` : String(status);
}

const network = (api: Api, more: Values = {}) => api.call('POST', '/v2.0/networks', { network: more });
const provider = (type: string, physical?: string, number?: number): Values => ({
  'provider:network_type': type,
  ...(physical === undefined ? {} : { 'provider:physical_network': physical }),
  ...(number === undefined ? {} : { 'provider:segmentation_id': number }),
});

/** Free numbers of a space, as ranges. */
async function free(api: Api, space: string): Promise<string> {
  const rows = await api.store.query<{ first: string; last: string }>(
    'SELECT first::text, last::text FROM free_ranges WHERE space = $1 ORDER BY free_ranges.first',
    [space],
  );
  return rows.map(({ first, last }) => `${first}-${last}`).join(' ');
}

test('a real server’s exchanges about VLAN networks are answered alike', async (t) => {
  const api = await apiUnderTest(t);
  // No host carries VLANs yet, and the network says so.
  const replay = { api, names: new Map<string, string>(), ownValues: /^status$/ };
  for (const exchange of captured('networks')) {
    if (/^(create provider vlan|provider segment in use)$/.test(exchange.title))
      await play(t, { file: 'networks', exchange }, replay);
  }
  const exchange = captured('misc').find(({ title }) => title === 'segments of a network');
  assert.ok(exchange);
  const [vlan] = (await api.call('GET', '/v2.0/networks?name=vlan1', undefined, { as: `${ADMIN} admin` })).body
    .networks;
  const names = new Map([['343ecf6c-7a48-4a31-a2d1-ef487dc4ff7b', vlan.id]]);
  const own = /^id$/;
  await play(t, { file: 'misc', exchange }, { api, names, ownValues: own });
});

test('networks that cannot be carried are refused in words', async (t) => {
  const api = await apiUnderTest(t);
  const cases: [Values, string][] = [
    [provider('frob'), `${INPUT} network_type value 'frob' not supported.`],
    [{ 'provider:segmentation_id': 5 }, `${INPUT} network_type required.`],
    [provider('local', 'default'), `${INPUT} physical_network prohibited for local provider network.`],
    [provider('flat'), `${INPUT} physical_network required for flat provider network.`],
    [provider('flat', 'moon'), `${INPUT} physical_network 'moon' unknown for flat provider network.`],
    [provider('flat', 'default', 5), `${INPUT} segmentation_id prohibited for flat provider network.`],
    [provider('vlan', 'moon'), `${INPUT} physical_network 'moon' unknown for VLAN provider network.`],
    [provider('vlan', undefined, 5), `${INPUT} segmentation_id requires physical_network for VLAN provider network.`],
    [provider('vlan', 'default', 4095), `${INPUT} segmentation_id out of range (1 through 4094).`],
    [provider('vxlan', 'default'), `${INPUT} provider:physical_network specified for vxlan network.`],
    [provider('vxlan', undefined, 16777216), `${INPUT} segmentation_id out of range (1 through 16777215).`],
    [{ ...provider('gre'), mtu: 1459 }, `${INPUT} Requested MTU is too big, maximum is 1458.`],
    [
      { ...provider('vlan'), segments: [provider('gre')] },
      '400 SegmentsSetInConjunctionWithProviders Segments and provider values cannot both be set.',
    ],
    [
      { segments: [provider('gre', undefined, 7), provider('gre', undefined, 7)] },
      '400 SegmentsContainDuplicateEntry Duplicate segment entry in request.',
    ],
    [{ segments: [{ frob: 1 }] }, "400 HTTPBadRequest Unrecognized attribute(s) 'frob'"],
  ];
  for (const [values, text] of cases) assert.equal(told(await network(api, values)), text);
  const spaces = await Promise.all(['vni', 'gre', 'vlan/default'].map((space) => free(api, space)));
  assert.deepEqual(spaces, ['1-16777215', '1-1000', '1-4094'], 'none of them took a number');
});

test('a network that no host carries says so, and takes nothing from those that are', async (t) => {
  const api = await apiUnderTest(t);
  const made = async (more: Values) => (await network(api, more)).body.network;
  const vxlan = await made({});
  const flat = await made(provider('flat', 'default'));
  const gre = await made({ ...provider('gre'), mtu: 1458 });
  const both = await made({ segments: [provider('vlan', 'default'), provider('vxlan')] });
  const local = await made(provider('local'));
  assert.deepEqual(
    [vxlan, flat, gre, both, local].map((one) => [one.status, one.mtu]),
    [
      ['ACTIVE', 1450],
      ['DOWN', 1500],
      ['DOWN', 1458],
      ['ACTIVE', 1450],
      ['DOWN', 1500],
    ],
  );
  assert.deepEqual(both.segments, [
    { 'provider:network_type': 'vlan', 'provider:physical_network': 'default', 'provider:segmentation_id': 1 },
    { 'provider:network_type': 'vxlan', 'provider:physical_network': null, 'provider:segmentation_id': 2 },
  ]);
  assert.deepEqual([both['provider:network_type'], flat.segments], [undefined, undefined]);
  const port = await api.call('POST', '/v2.0/ports', { port: { network_id: flat.id } });
  assert.equal(port.status, 201);
  const { networks, ports } = await api.store.snapshot();
  assert.deepEqual(new Set(networks.map((one) => one.vni)), new Set([1, 2]), 'the model knows those with a VNI');
  assert.equal(ports.length, 1);
  const listed = async (query: string) =>
    (await api.call('GET', `/v2.0/networks?fields=id&${query}`)).body.networks.length;
  assert.equal(await listed('provider:network_type=vlan'), 1);
  assert.equal(await listed('provider:network_type=vxlan'), 2);
  assert.equal(await listed('provider:physical_network=default&provider:segmentation_id=1'), 1);
  assert.equal(await listed('provider:segmentation_id='), 2);
  const asMember = (await api.call('GET', `/v2.0/networks/${vxlan.id}`, undefined, { as: 'admin member' })).body
    .network;
  assert.equal(
    Object.keys(asMember).some((name) => name.startsWith('provider:') || name === 'segments'),
    false,
  );
});

test('the feed tells of a network that came to have a VNI, and of one that lost it', async (t) => {
  const api = await apiUnderTest(t);
  const { id } = (await network(api, provider('vlan', 'default'))).body.network;
  const { revision } = await api.store.snapshot();
  const added = await api.call('POST', '/v2.0/segments', { segment: { network_id: id, network_type: 'gre' } });
  assert.equal(told(added), `${INPUT} Requested MTU is too big, maximum is 1458.`);
  await api.call('PUT', `/v2.0/networks/${id}`, { network: { mtu: 1400 } });
  const vxlan = (await api.call('POST', '/v2.0/segments', { segment: { network_id: id, network_type: 'vxlan' } })).body;
  await api.call('DELETE', `/v2.0/segments/${vxlan.segment.id}`);
  const seen: (number | null)[] = [];
  for await (const { changes } of api.store.feed(revision, AbortSignal.timeout(10_000))) {
    for (const change of changes) if (change.kind === 'network') seen.push(change.object?.vni ?? null);
    if (seen.length === 3) break;
  }
  assert.deepEqual(seen, [null, 1, null]);
  assert.equal((await api.call('GET', `/v2.0/networks/${id}`)).body.network.status, 'DOWN');
});

test('numbers are had once, and come back', async (t) => {
  const api = await apiUnderTest(t);
  const { id } = (await network(api, provider('vlan', 'default', 100))).body.network;
  const inUse = '409 VlanIdInUse Unable to create the network. The VLAN 100 on physical network default is in use.';
  assert.equal(told(await network(api, provider('vlan', 'default', 100))), inUse);
  const other = (await network(api, provider('vlan'))).body.network;
  assert.equal(other['provider:segmentation_id'], 1);
  const put = (values: Values) => api.call('PUT', `/v2.0/networks/${other.id}`, { network: values });
  assert.equal(told(await put({ 'provider:segmentation_id': 100 })), inUse);
  assert.equal(
    told(await put({ 'provider:segmentation_id': 4095 })),
    `${INPUT} segmentation_id out of range (1 through 4094).`,
  );
  assert.equal(
    told(await put({ 'provider:physical_network': 'moon' })),
    `${INPUT} Plugin does not support updating the following provider network attributes: provider:network_type, provider:physical_network.`,
  );
  assert.equal((await put({ 'provider:segmentation_id': 7 })).body.network['provider:segmentation_id'], 7);
  assert.equal(await free(api, 'vlan/default'), '1-1 2-6 8-99 101-4094');
  await api.call('DELETE', `/v2.0/networks/${id}`);
  await api.call('DELETE', `/v2.0/networks/${other.id}`);
  assert.equal(await free(api, 'vlan/default'), '1-1 2-6 7-7 8-99 100-100 101-4094');
  assert.equal(told(await network(api, provider('flat', 'default'))), '201');
  assert.equal(
    told(await network(api, provider('flat', 'default'))),
    '409 FlatNetworkInUse Unable to create the flat network. Physical network default is in use.',
  );
  const replies = await Promise.all(Array.from({ length: 12 }, () => network(api, provider('vlan'))));
  const numbers = replies.map((reply) => reply.body.network['provider:segmentation_id']);
  assert.equal(new Set(numbers).size, 12);
  const vxlan = (await network(api)).body.network;
  const vni = vxlan['provider:segmentation_id'];
  assert.equal(
    told(await network(api, provider('vxlan', undefined, vni))),
    `409 TunnelIdInUse Unable to create the network. The tunnel ID ${vni} is in use.`,
  );
  assert.equal(
    told(await api.call('PUT', `/v2.0/networks/${vxlan.id}`, { network: { 'provider:segmentation_id': 9 } })),
    `${INPUT} Only VLAN type networks can be updated..`,
  );
});

test('the controller’s options say which VLAN ids there are', async (t) => {
  const api = await apiUnderTest(t);
  const kept = (await network(api, provider('vlan', 'default', 5))).body.network;
  await settleDefaultRanges(api.store, [
    {
      name: 'default',
      vlans: [
        { first: 1, last: 10 },
        { first: 20, last: 30 },
      ],
    },
    { name: 'public', vlans: [] },
  ]);
  assert.equal(await free(api, 'vlan/default'), '1-4 6-10 20-30');
  await settleDefaultRanges(api.store, [{ name: 'public', vlans: [{ first: 3, last: 4 }] }]);
  assert.deepEqual([await free(api, 'vlan/default'), await free(api, 'vlan/public')], ['', '3-4']);
  await api.call('DELETE', `/v2.0/networks/${kept.id}`);
  assert.equal(await free(api, 'vlan/default'), '', 'a number of no range does not come back');
});
