import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest, type Reply } from './api-under-test.ts';

const post = (api: Api, kind: string, object: Record<string, unknown>) =>
  api.call('POST', `/v2.0/${kind}s`, { [kind]: object });
const put = (api: Api, kind: string, id: string, object: Record<string, unknown>) =>
  api.call('PUT', `/v2.0/${kind}s/${id}`, { [kind]: object });

function told({ status, body }: Reply): string {
  return body.NeutronError ? `${status} ${body.NeutronError.type} ${body.NeutronError.message}` : String(status);
}

test('subnets that cannot be are refused in words', async (t) => {
  const api = await apiUnderTest(t);
  const network_id = (await post(api, 'network', {})).body.network.id;
  const known = await api.store.query<{ space: string }>('SELECT DISTINCT space FROM free_ranges');
  const spaces = known.map(({ space }) => space);
  const try4 = (more: Record<string, unknown>) => post(api, 'subnet', { network_id, ip_version: 4, ...more });
  const try6 = (more: Record<string, unknown>) => post(api, 'subnet', { network_id, ip_version: 6, ...more });
  const slaac = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
  const INPUT = '400 InvalidInput Invalid input for operation:';
  const cases: [Promise<Reply>, string][] = [
    [
      try4({ cidr: '10.1.0.0/24', prefixlen: 24 }),
      '400 BadRequest Bad subnets request: cidr and prefixlen must not be supplied together.',
    ],
    [try4({ cidr: '0.0.0.0/0', enable_dhcp: false }), `${INPUT} 0 is not allowed as CIDR prefix length.`],
    [
      try4({ cidr: '10.1.0.0/31' }),
      `${INPUT} Subnet has a prefix length that is incompatible with DHCP service enabled.`,
    ],
    [try4({ cidr: '224.1.0.0/24' }), `${INPUT} Multicast IP subnet is not supported if enable_dhcp is True.`],
    [try4({ cidr: '127.1.0.0/24' }), `${INPUT} Loopback IP subnet is not supported if enable_dhcp is True.`],
    [try4({ cidr: '10.1.0.0/24', gateway_ip: '10.1.0.255' }), `${INPUT} Gateway is not valid on subnet.`],
    [
      try4({ cidr: '10.1.0.0/24', gateway_ip: 'fd00::1' }),
      `${INPUT} gateway_ip 'fd00::1' does not match the ip_version '4'.`,
    ],
    [try4({ cidr: '10.1.0.0/24', ...slaac }), `${INPUT} ipv6_ra_mode is not valid when ip_version is 4.`],
    [
      try4({ cidr: '10.1.0.0/24', dns_nameservers: ['fd00::1'] }),
      `${INPUT} dns_nameserver 'fd00::1' does not match the ip_version '4'.`,
    ],
    [
      try6({ cidr: 'fd00::/64', ipv6_ra_mode: 'slaac', ipv6_address_mode: 'dhcpv6-stateful' }),
      `${INPUT} ipv6_ra_mode set to 'slaac' with ipv6_address_mode set to 'dhcpv6-stateful' is not valid. If both attributes are set, they must be the same value.`,
    ],
    [
      try6({ cidr: 'fd00::/64', ...slaac, enable_dhcp: false }),
      `${INPUT} ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False.`,
    ],
    [
      try6({ cidr: 'fd00::/80', ...slaac }),
      `${INPUT} Invalid CIDR fd00::/80 for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires the prefix to be /64.`,
    ],
  ];
  for (const [reply, expected] of cases) assert.equal(told(await reply), expected);
  const pool = '00000000-0000-0000-0000-000000000001';
  assert.equal(
    told(await try4({ subnetpool_id: pool })),
    `404 SubnetPoolNotFound Subnet pool ${pool} could not be found.`,
  );
  assert.deepEqual((await api.call('GET', '/v2.0/subnets')).body, { subnets: [] });
  assert.deepEqual(await api.store.query(`SELECT FROM free_ranges WHERE space <> ALL($1::text[])`, [spaces]), []);
});

test('two subnets of one request may not overlap either', async (t) => {
  const api = await apiUnderTest(t);
  const network_id = (await post(api, 'network', {})).body.network.id;
  const subnets = ['10.1.0.0/16', '10.1.2.0/24'].map((cidr) => ({ network_id, ip_version: 4, cidr }));
  assert.match(
    told(await api.call('POST', '/v2.0/subnets', { subnets })),
    /^400 InvalidInput .*overlaps with another subnet\.$/,
  );
  for (let round = 0; round < 5; round++) {
    const cidrs = Array.from({ length: 12 }, (_, i) => `10.${2 + round}.${i}.0/20`);
    const together = await Promise.all(cidrs.map((cidr) => post(api, 'subnet', { network_id, ip_version: 4, cidr })));
    const statuses = together.map((reply) => reply.status).sort((x, y) => x - y);
    assert.deepEqual(statuses, [201, ...Array<number>(11).fill(400)]);
  }
});

test('networks: MTU, VNI, flooding', async (t) => {
  const api = await apiUnderTest(t);
  const INPUT = '400 InvalidInput Invalid input for operation:';
  assert.equal(told(await post(api, 'network', { mtu: 1451 })), `${INPUT} Requested MTU is too big, maximum is 1450.`);
  assert.equal(told(await post(api, 'network', { mtu: 67 })), `${INPUT} Requested MTU is too small, minimum is 68.`);
  const small = (await post(api, 'network', { mtu: 1000 })).body.network;
  assert.equal(
    told(await post(api, 'subnet', { network_id: small.id, ip_version: 6, cidr: 'fd00::/64' })),
    `409 NetworkMTUSubnetConflict MTU of ${small.id} is not valid, subnet requires a minimum of 1280`,
  );
  const vxlan = { 'provider:network_type': 'vxlan' };
  const numbered = await post(api, 'network', { ...vxlan, 'provider:segmentation_id': 5000 });
  assert.equal(numbered.body.network['provider:segmentation_id'], 5000);
  assert.equal(
    told(await post(api, 'network', { ...vxlan, 'provider:segmentation_id': 5000 })),
    '409 TunnelIdInUse Unable to create the network. The tunnel ID 5000 is in use.',
  );
  assert.equal(
    told(await post(api, 'network', { 'provider:network_type': 'frob' })),
    `${INPUT} network_type value 'frob' not supported.`,
  );
  assert.equal((await api.call('DELETE', `/v2.0/networks/${numbered.body.network.id}`)).status, 204);
  assert.equal((await post(api, 'network', { ...vxlan, 'provider:segmentation_id': 5000 })).status, 201);
  const made = await post(api, 'network', { 'netloom:flood': 'head-end' });
  assert.equal(made.body.network['netloom:flood'], 'head-end');
  assert.match(
    told(await put(api, 'network', made.body.network.id, { 'netloom:flood': 'x' })),
    /^400 HTTPBadRequest .*netloom:flood/,
  );
});

test('ports: MAC addresses, DHCP options, names', async (t) => {
  const api = await apiUnderTest(t);
  await api.store.query(`INSERT INTO hosts (name, driver) VALUES ('h1', 'bridge')`);
  const network = (await post(api, 'network', { dns_domain: 'Web.Example.' })).body.network;
  await post(api, 'subnet', { network_id: network.id, ip_version: 4, cidr: '10.1.0.0/24' });
  const made = await post(api, 'port', { network_id: network.id, mac_address: 'FA-16-3E-00-00-0A', dns_name: 'Web-1' });
  const { port } = made.body;
  assert.equal(port.mac_address, 'fa:16:3e:00:00:0a');
  assert.deepEqual(port.dns_assignment, [{ ip_address: '10.1.0.2', hostname: 'web-1', fqdn: 'web-1.web.example.' }]);
  const options = async (...extra_dhcp_opts: unknown[]) =>
    (await put(api, 'port', port.id, { extra_dhcp_opts })).body.port.extra_dhcp_opts;
  const mtu = { opt_name: 'mtu', opt_value: '1400' };
  assert.deepEqual(await options(mtu), [{ ...mtu, ip_version: 4 }]);
  assert.deepEqual(await options({ opt_name: 'bootfile-name', opt_value: 'a' }), [
    { ...mtu, ip_version: 4 },
    { opt_name: 'bootfile-name', opt_value: 'a', ip_version: 4 },
  ]);
  assert.deepEqual(await options({ ...mtu, opt_value: null }), [
    { opt_name: 'bootfile-name', opt_value: 'a', ip_version: 4 },
  ]);
  const bound = await put(api, 'port', port.id, { 'binding:host_id': 'h1' });
  assert.equal(bound.body.port['binding:vif_type'], 'bridge');
  assert.match(told(await put(api, 'port', port.id, { mac_address: 'fa:16:3e:00:00:0b' })), /^409 PortBound/);
  await api.store.query(`UPDATE ports SET status = 'ACTIVE'`);
  assert.equal((await put(api, 'port', port.id, { name: 'n', 'binding:host_id': 'h1' })).body.port.status, 'ACTIVE');
  const unbound = (await put(api, 'port', port.id, { 'binding:host_id': null })).body.port;
  assert.deepEqual([unbound['binding:host_id'], unbound.status], ['', 'DOWN']);
  assert.equal((await put(api, 'port', port.id, { mac_address: 'fa:16:3e:00:00:0b' })).status, 200);
});

test('a write answers with its revision, a read with none', async (t) => {
  const api = await apiUnderTest(t);
  const made = await post(api, 'network', {});
  const revision = Number(made.headers.get('x-netloom-revision'));
  assert.ok(revision > 0);
  const { id } = made.body.network;
  assert.equal((await put(api, 'network', id, { name: 'x' })).headers.get('x-netloom-revision'), String(revision + 1));
  assert.equal((await put(api, 'network', id, {})).headers.get('x-netloom-revision'), null, 'nothing changed');
  assert.equal((await api.call('GET', `/v2.0/networks/${id}`)).headers.get('x-netloom-revision'), null);
  const gone = await api.call('DELETE', `/v2.0/networks/${id}`, undefined, {
    headers: { 'if-match': 'revision_number=1' },
  });
  assert.equal(told(gone), '412 RevisionNumberConstraintFailed Constrained to 1, but current revision is 2');
});
