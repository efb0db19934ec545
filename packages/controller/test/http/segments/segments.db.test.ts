import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest, type Reply } from '../api-under-test.ts';

type Values = Record<string, unknown>;

function told({ status, body }: Reply): string {
  return body?.NeutronError ? `${status} ${body.NeutronError.type} ${body.NeutronError.message}` : String(status);
}

const make = async (api: Api, path: string, kind: string, object: Values) =>
  api.call('POST', `/v2.0/${path}`, { [kind]: object });

test('subnets of a network are all on segments, or none is', async (t) => {
  const api = await apiUnderTest(t);
  const network_id = (await make(api, 'networks', 'network', {})).body.network.id;
  const [first] = (await api.call('GET', `/v2.0/segments?network_id=${network_id}`)).body.segments;
  const other = (await make(api, 'networks', 'network', {})).body.network.id;
  const subnet = (more: Values) => make(api, 'subnets', 'subnet', { network_id, ip_version: 4, ...more });
  const put = (id: string, more: Values) => api.call('PUT', `/v2.0/subnets/${id}`, { subnet: more });
  const notAll = `400 SubnetsNotAllAssociatedWithSegments All of the subnets on network '${network_id}' must either all be associated with segments or all not associated with any segment.`;

  const plain = (await subnet({ cidr: '10.1.0.0/24' })).body.subnet.id;
  assert.equal(told(await subnet({ cidr: '10.2.0.0/24', segment_id: first.id })), notAll);
  assert.equal(
    told(
      await make(api, 'subnets', 'subnet', {
        network_id: other,
        ip_version: 4,
        cidr: '10.2.0.0/24',
        segment_id: first.id,
      }),
    ),
    `400 NetworkIdsDontMatch The subnet's network id, '${other}', doesn't match the network_id of segment '${first.id}'`,
  );
  assert.equal((await put(plain, { segment_id: first.id })).body.subnet.segment_id, first.id);
  assert.match(told(await put(plain, { segment_id: null })), /^400 SubnetSegmentAssociationChangeNotAllowed/);
  assert.equal((await api.call('GET', `/v2.0/networks/${network_id}`)).body.network.l2_adjacency, false);
  assert.equal((await api.call('GET', `/v2.0/networks/${other}`)).body.network.l2_adjacency, true);
  assert.equal(told(await subnet({ cidr: '10.3.0.0/24' })), notAll);
  assert.equal(told(await subnet({ cidr: '10.3.0.0/24', segment_id: first.id })), '201');
  assert.match(
    told(await api.call('DELETE', `/v2.0/segments/${first.id}`)),
    /^409 SegmentInUse Segment '.*' cannot be deleted: The segment is still associated with subnet\(s\) .*, .*\.$/,
  );
  const nobody = '00000000-0000-0000-0000-000000000000';
  assert.equal(
    told(await subnet({ cidr: '10.4.0.0/24', segment_id: nobody })),
    `404 SegmentNotFound Segment ${nobody} could not be found.`,
  );
  const asMember = await api.call(
    'POST',
    '/v2.0/segments',
    { segment: { network_id, network_type: 'gre' } },
    { as: 'blue' },
  );
  assert.equal(asMember.status, 404, 'the network is another project’s');
  assert.equal((await api.call('DELETE', `/v2.0/networks/${network_id}`)).status, 204);
  assert.deepEqual((await api.call('GET', `/v2.0/segments?network_id=${network_id}`)).body.segments, []);
});

test('a range of its own gives a project its numbers first', async (t) => {
  const api = await apiUnderTest(t);
  const range = (more: Values) =>
    make(api, 'network_segment_ranges', 'network_segment_range', {
      network_type: 'vlan',
      physical_network: 'default',
      ...more,
    });
  const network = async (project_id: string, number?: number) =>
    make(api, 'networks', 'network', {
      project_id,
      'provider:network_type': 'vlan',
      'provider:physical_network': 'default',
      ...(number === undefined ? {} : { 'provider:segmentation_id': number }),
    });
  const numberOf = async (project: string) => (await network(project)).body.network['provider:segmentation_id'];

  const made = (await range({ name: 'blue', shared: false, project_id: 'blue', minimum: 200, maximum: 201 })).body;
  const { id, ...shown } = made.network_segment_range;
  assert.deepEqual([shown.available, shown.used, shown.default, shown.project_id], [[200, 201], {}, false, 'blue']);
  assert.deepEqual(
    [await numberOf('blue'), await numberOf('red'), await numberOf('blue'), await numberOf('blue')],
    [200, 1, 201, 2],
  );
  const url = `/v2.0/network_segment_ranges/${id}`;
  const put = (more: Values) => api.call('PUT', url, { network_segment_range: more });
  assert.deepEqual((await api.call('GET', url)).body.network_segment_range.used, { '200': 'blue', '201': 'blue' });
  const used = `409 NetworkSegmentRangeReferencedByProject Network Segment Range ${id} is referenced by one or more project networks.`;
  assert.equal(told(await put({ minimum: 201 })), used);
  assert.equal(told(await api.call('DELETE', url)), used);
  assert.deepEqual((await put({ maximum: 203, name: 'wide' })).body.network_segment_range.available, [202, 203]);
  assert.equal(await numberOf('blue'), 202);
  const named = (await network('red', 203)).body.network;
  assert.deepEqual((await api.call('GET', url)).body.network_segment_range.available, []);
  await api.call('DELETE', `/v2.0/networks/${named.id}`);
  assert.deepEqual((await api.call('GET', url)).body.network_segment_range.available, [203]);
  for (const one of (await api.call('GET', '/v2.0/networks?project_id=blue')).body.networks) {
    await api.call('DELETE', `/v2.0/networks/${one.id}`);
  }
  assert.equal((await api.call('DELETE', url)).status, 204);
  const [usual] = (await api.call('GET', '/v2.0/network_segment_ranges?network_type=vlan')).body.network_segment_ranges;
  assert.deepEqual([usual.available.length, usual.used, 'physical_network' in usual], [4093, { '1': 'red' }, true]);
  const spaces = await api.store.query(`SELECT FROM free_ranges WHERE space LIKE 'range/%'`);
  assert.equal(spaces.length, 0);
});

test('ranges that cannot be are refused in words', async (t) => {
  const api = await apiUnderTest(t);
  const range = (more: Values) =>
    make(api, 'network_segment_ranges', 'network_segment_range', { minimum: 1, maximum: 2, ...more });
  const vlan = { network_type: 'vlan', physical_network: 'default' };
  const cases: [Values, string][] = [
    [
      { network_type: 'flat' },
      '400 NetworkSegmentRangeNetTypeNotSupported Network type flat does not support network segment ranges.',
    ],
    [
      { network_type: 'vlan' },
      "400 BadRequest Bad network_segment_range request: Network type vlan requires 'physical_network' to be specified while creating new range.",
    ],
    [
      { ...vlan, minimum: 3 },
      "400 NetworkVlanRangeError Invalid network VLAN range: '3:2' - 'End of VLAN range is less than start of VLAN range'.",
    ],
    [
      { ...vlan, maximum: 5000 },
      "400 NetworkVlanRangeError Invalid network VLAN range: '1:5000' - '5000 is not a valid VLAN tag'.",
    ],
    [
      { network_type: 'gre', minimum: 3 },
      "400 NetworkTunnelRangeError Invalid network tunnel range: '3:2' - End of tunnel range is less than start of tunnel range.",
    ],
    [
      { ...vlan, minimum: 0 },
      "400 HTTPBadRequest Invalid input for minimum. Reason: '0' is too small - must be at least '1'.",
    ],
  ];
  for (const [values, text] of cases) assert.equal(told(await range(values)), text);
  assert.equal(told(await range(vlan)), '201', 'the default range is no obstacle');
  assert.match(
    told(await range({ ...vlan, minimum: 2 })),
    /^409 NetworkSegmentRangeOverlaps Network segment range overlaps with range\(s\) with id [0-9a-f-]{36}$/,
  );
  const [usual] = (await api.call('GET', '/v2.0/network_segment_ranges?network_type=vxlan')).body
    .network_segment_ranges;
  assert.equal(usual.available.length, 4096, 'of millions the lowest are shown');
  const readOnly = `400 NetworkSegmentRangeDefaultReadOnly Network Segment Range ${usual.id} is a default segment range which could not be updated or deleted.`;
  assert.equal(told(await api.call('DELETE', `/v2.0/network_segment_ranges/${usual.id}`)), readOnly);
  assert.deepEqual(
    (await api.call('GET', '/v2.0/network_segment_ranges', undefined, { as: 'blue' })).body.network_segment_ranges,
    [],
  );
});

test('subnets for services give addresses to their ports only', async (t) => {
  const api = await apiUnderTest(t);
  const network_id = (await make(api, 'networks', 'network', {})).body.network.id;
  const subnet = (cidr: string, service_types?: unknown) =>
    make(api, 'subnets', 'subnet', { network_id, ip_version: 4, cidr, ...(service_types ? { service_types } : {}) });
  const port = (more: Values = {}) => make(api, 'ports', 'port', { network_id, ...more });
  assert.equal(told(await subnet('10.1.0.0/24', 'x')), '400 HTTPBadRequest Subnet service types must be a list.');
  assert.equal(
    told(await subnet('10.1.0.0/24', ['x:y'])),
    '400 InvalidSubnetServiceType Subnet service type x:y does not correspond to a valid device owner.',
  );
  assert.equal(
    told(await subnet('10.1.0.0/24', [7])),
    '400 InvalidInputSubnetServiceType Subnet service type 7 is not a string.',
  );
  const service = (await subnet('10.1.0.0/24', ['network:floatingip'])).body.subnet;
  assert.deepEqual(service.service_types, ['network:floatingip']);
  assert.equal(
    told(await port()),
    `409 IpAddressGenerationFailureNoMatchingSubnet No valid service subnet for the given device owner, network ${network_id}, service type .`,
  );
  assert.equal((await port({ device_owner: 'network:floatingip' })).body.port.fixed_ips[0].ip_address, '10.1.0.2');
  await subnet('10.2.0.0/24');
  assert.equal((await port()).body.port.fixed_ips[0].ip_address, '10.2.0.2');
  assert.match(told(await port({ fixed_ips: [{ subnet_id: service.id }] })), /included invalid subnet/);
});
