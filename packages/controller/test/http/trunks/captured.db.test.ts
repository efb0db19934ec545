import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiUnderTest } from '../api-under-test.ts';
import { captured, MEMBER, playFile } from '../replay.ts';

const CAPTURED = {
  network: 'e779c2b1-ac30-46f4-af66-e94918f7fb63',
  subnets: ['71727549-e9cd-439c-8a7a-9ed31d7c9b5d', 'a357aaf1-5959-4251-b388-1664c57e1c78'],
  parent: '1b992aba-7e4a-4d01-a543-20eeb27a5c6a',
  sub: '16135a5a-12e1-4aea-af8c-914563ba7d61',
  group: '876bfe36-fe91-4086-8d5c-0d547f8334e9',
} as const;

test('a real server’s exchanges about trunks are answered alike', async (t) => {
  const api = await apiUnderTest(t);
  const make = async (kind: string, object: object) => {
    const reply = await api.call('POST', `/v2.0/${kind}s`, { [kind]: object }, { as: MEMBER });
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    return reply.body[kind];
  };
  const network = (await make('network', { dns_domain: 'example.org.' })).id;
  const [four, six] = CAPTURED.subnets;
  const auto = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
  const names = new Map<string, string>([
    [CAPTURED.network, network],
    [four, (await make('subnet', { network_id: network, ip_version: 4, cidr: '10.9.0.0/24' })).id],
    [six, (await make('subnet', { network_id: network, ip_version: 6, cidr: 'fd00:9::/64', ...auto })).id],
  ]);
  const shown = captured('trunks').find(({ title }) => title.startsWith('parent port carries'));
  assert.ok(shown);
  const { port: parent } = shown.response.body as {
    port: {
      mac_address: string;
      fixed_ips: { ip_address: string }[];
      trunk_details: { sub_ports: { mac_address: string }[] };
    };
  };
  const address = {
    ip_address: parent.fixed_ips[0]?.ip_address,
    subnet_id: names.get(four),
  };
  const made = await make('port', {
    network_id: network,
    name: 'trunk-parent',
    mac_address: parent.mac_address,
    fixed_ips: [address, { subnet_id: names.get(six) }],
  });
  names.set(CAPTURED.parent, made.id);
  names.set(CAPTURED.group, made.security_groups[0]);
  const mac = parent.trunk_details.sub_ports[0]?.mac_address;
  names.set(CAPTURED.sub, (await make('port', { network_id: network, mac_address: mac })).id);
  await playFile(t, 'trunks', { api, names });
});
