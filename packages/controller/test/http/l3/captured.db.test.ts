import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest } from '../api-under-test.ts';
import { ADMIN, captured, type Exchange, MEMBER, play, type Replay } from '../replay.ts';

/** Inner steps of the real server count as revisions of a router there; and MAC addresses are drawn. */
const OWN_VALUES = /^(revision_number|mac_address)$/;

const SKIPPED = {
  'floatingips/second floating ip on the same address [member]':
    'names the address that was drawn for it; see floating-ips.db.test.ts',
};

const EXTERNAL = { network: '0b6f5aca-6bad-439c-92ed-fa7a2d2538e1', subnet: '67db8b29-4695-4a3b-9388-6acf8ed45823' };
const INNER = { network: 'e779c2b1-ac30-46f4-af66-e94918f7fb63', subnet: '71727549-e9cd-439c-8a7a-9ed31d7c9b5d' };
const PORTS = [
  { id: '37f84ce2-b30d-459f-8c13-0522367fb548', name: 'p1', ip: '10.9.0.38', mac: 'fa:16:3e:d1:5d:8a' },
  { id: '4fa0508a-5033-4c4a-9841-dcc4bf93cb5f', name: 'p2b', ip: '10.9.0.51', mac: 'fa:16:3e:51:3d:58' },
];

/** The add and remove actions of the real server show members what is not theirs to see. */
const INNER_FIELDS = ['gw_port_id', 'distributed', 'ha', 'ha_vr_id'];

test('a real server’s exchanges about routers and floating IPs are answered alike', async (t) => {
  const api = await apiUnderTest(t);
  const names = new Map<string, string>();
  await seed(api, names);
  const replay: Replay = {
    api,
    names,
    skipped: SKIPPED,
    ownValues: OWN_VALUES,
    teaches: /^(set gateway|add interface by subnet) /,
  };
  const playAll = async (file: string, exchanges: readonly Exchange[]) => {
    for (const exchange of exchanges) await play(t, { file, exchange }, replay);
  };
  const routers = captured('routers').map(withoutInnerFields);
  const cleared = routers.findIndex(({ title }) => title.startsWith('clear gateway'));
  await playAll('routers', routers.slice(0, cleared));
  await playAll('floatingips', captured('floatingips'));
  for (const { id } of (await api.call('GET', '/v2.0/floatingips')).body.floatingips) {
    assert.equal((await api.call('DELETE', `/v2.0/floatingips/${id}`)).status, 204);
  }
  await playAll(
    'misc',
    captured('misc').filter(({ title }) => title === 'conntrack helper'),
  );
  await playAll('routers', routers.slice(cleared));
});

function withoutInnerFields(exchange: Exchange): Exchange {
  if (!/extraroutes/.test(exchange.title)) return exchange;
  const { router } = exchange.response.body as { router: Record<string, unknown> };
  const kept = Object.entries(router).filter(([name]) => !INNER_FIELDS.includes(name));
  return { ...exchange, response: { ...exchange.response, body: { router: Object.fromEntries(kept) } } };
}

async function seed(api: Api, names: Map<string, string>): Promise<void> {
  await api.store.query(
    `INSERT INTO hosts (name, driver, facts) VALUES ('host-3', 'bridge', '{"abilities": {"l3": true, "dhcp": true}}')`,
  );
  const make = async (kind: string, object: Record<string, unknown>, as = `${ADMIN} admin`) => {
    const reply = await api.call('POST', `/v2.0/${kind}s`, { [kind]: object }, { as });
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    return reply.body[kind].id as string;
  };
  const network = await make('network', { name: 'public', 'router:external': true });
  names.set(EXTERNAL.network, network);
  names.set(
    EXTERNAL.subnet,
    await make('subnet', { network_id: network, ip_version: 4, cidr: '172.24.4.0/24', enable_dhcp: false }),
  );
  const inner = await make('network', { name: 'net1' }, MEMBER);
  names.set(INNER.network, inner);
  const subnet = await make('subnet', { network_id: inner, ip_version: 4, cidr: '10.9.0.0/24' }, MEMBER);
  names.set(INNER.subnet, subnet);
  for (const { id, name, ip, mac } of PORTS) {
    const device = name === 'p2b' ? { device_id: 'vm-1', device_owner: 'compute:nova' } : {};
    const fixed_ips = [{ subnet_id: subnet, ip_address: ip }];
    names.set(id, await make('port', { network_id: inner, name, mac_address: mac, fixed_ips, ...device }, MEMBER));
  }
}
