import { test } from 'node:test';
import { type Api, apiUnderTest } from './api-under-test.ts';
import { ADMIN, captured, MEMBER, play, playFile } from './replay.ts';

const SHARED_NETWORK = '343ecf6c-7a48-4a31-a2d1-ef487dc4ff7b';
const PUBLIC_NETWORK = '0b6f5aca-6bad-439c-92ed-fa7a2d2538e1';
const FULL_NETWORK = '84367272-eb17-4939-b6c5-327b2bb12a36';

const SKIPPED: Readonly<Record<string, string>> = {
  'networks/create provider vlan':
    'no host carries a VLAN network yet: its status is DOWN; see provider/networks.db.test.ts',
  'networks/provider segment in use': 'is about the network of the exchange before',
  'networks/list [member]': 'shows an external network of the real server’s',
  'networks/external network': 'no host carries a flat network yet: its status is DOWN',
  'bulk/bulk create, late failure': 'the real server answers 500; see resources.db.test.ts',
  'security-groups/a rule cannot be updated [member]': 'the real server answers 500',
};

test('a real server’s exchanges are answered alike', async (t) => {
  const api = await apiUnderTest(t);
  await seed(api);
  const replay = {
    api,
    names: new Map<string, string>(),
    skipped: SKIPPED,
    ordered: /^networks$/,
    teaches: /^list makes the default group/,
  };
  for (const file of ['networks', 'subnets', 'security-groups', 'ports', 'errors', 'bulk', 'revisions', 'tags']) {
    await playFile(t, file, replay);
  }
});

test('a real server’s lists are answered alike', async (t) => {
  const api = await apiUnderTest(t);
  const exchanges = captured('list-filter-validation');
  const named = (exchanges[0]?.response.body ?? { networks: [] }) as { networks: { id: string; name: string }[] };
  const net1 = { id: '8f3c1ef1-1629-43ae-acb6-12d8359e2640', name: 'net1' };
  const outside = { id: PUBLIC_NETWORK, name: 'public' };
  for (const [i, { id, name }] of [...named.networks, net1, outside].entries()) {
    await api.store.query(
      `INSERT INTO networks (id, project_id, name, mtu, vni, external_to) VALUES ($1, $2, $3, 1450, $4, $5)`,
      [id, id === net1.id ? MEMBER : ADMIN, name, 500 + i, id === PUBLIC_NETWORK ? ['*'] : []],
    );
  }
  const names = new Map([['http://127.0.0.1:9696', api.url]]);
  const replay = { api, names, skipped: SKIPPED, ordered: /^networks$/ };
  for (const exchange of exchanges) await play(t, { file: 'list-filter-validation', exchange }, replay);
});

/** What was there on the real server before. */
async function seed({ store }: Api): Promise<void> {
  await store.query(
    `INSERT INTO networks (id, project_id, name, mtu, vni, shared_with) VALUES ($1, $2, 'vlan1', 1400, 401, '{*}'), ($3, $2, 'full', 1450, 402, '{}')`,
    [SHARED_NETWORK, ADMIN, FULL_NETWORK],
  );
  await store.query(
    `INSERT INTO subnets (project_id, network_id, ip_version, cidr) VALUES ($1, $2, 4, '10.66.0.0/30')`,
    [ADMIN, FULL_NETWORK],
  );
  await store.query(
    `INSERT INTO networks (id, project_id, name, mtu, external_to, is_default, revision_number)
 VALUES ($1, $2, 'public', 1500, '{*}', true, 3)`,
    [PUBLIC_NETWORK, ADMIN],
  );
  await store.query(
    `INSERT INTO network_segments (network_id, network_type, physical_network) VALUES ($1, 'flat', 'public')`,
    [PUBLIC_NETWORK],
  );
  await store.query(`INSERT INTO hosts (name, driver) VALUES ('host-1', 'ovs')`);
}
