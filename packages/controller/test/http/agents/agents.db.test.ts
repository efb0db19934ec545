import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest, type Reply } from '../api-under-test.ts';
import { captured } from '../replay.ts';

// biome-ignore lint/suspicious/noExplicitAny: agents have values of every type
type Values = Record<string, any>;

function told({ status, body }: Reply): string {
  return body?.NeutronError ? `${status} ${body.NeutronError.type} ${body.NeutronError.message}` : String(status);
}

async function host(api: Api, name: string, abilities: Record<string, boolean>, driver = 'bridge'): Promise<void> {
  await api.store.query('INSERT INTO hosts (name, driver) VALUES ($1, $2)', [name, driver]);
  await api.store.query(
    `UPDATE hosts SET facts = $2, vtep = '192.0.2.1'::inet + length($1), connected_to = 'here', last_seen_at = now() WHERE name = $1`,
    [name, JSON.stringify({ underlayMtu: 1500, abilities })],
  );
}

const list = async (api: Api, query = ''): Promise<Values[]> =>
  (await api.call('GET', `/v2.0/agents${query}`)).body.agents;

async function agentOf(api: Api, name: string, type: string): Promise<Values> {
  const [agent] = await list(api, `?host=${name}&agent_type=${encodeURIComponent(type)}`);
  assert.ok(agent);
  return agent;
}

test('agents are what hosts say they can do', async (t) => {
  const api = await apiUnderTest(t);
  await api.store.query(`INSERT INTO hosts (name, driver) VALUES ('silent', 'bridge')`);
  await host(api, 'a', { dhcp: true, l3: true, dvr_snat: true, metering: true });
  await host(api, 'bb', { dhcp: false }, 'ovs');
  const kinds = async () => (await list(api)).map((agent) => `${agent['host']} ${agent['agent_type']}`).sort();
  assert.deepEqual(await kinds(), [
    'a DHCP agent',
    'a L3 agent',
    'a Linux bridge agent',
    'a Metering agent',
    'bb Open vSwitch agent',
  ]);
  await api.store.query(`UPDATE hosts SET facts = jsonb_set(facts, '{abilities,l3}', 'false') WHERE name = 'a'`);
  assert.deepEqual(await kinds(), [
    'a DHCP agent',
    'a Linux bridge agent',
    'a Metering agent',
    'bb Open vSwitch agent',
  ]);
  await api.store.query(`DELETE FROM hosts WHERE name = 'a'`);
  assert.deepEqual(await kinds(), ['bb Open vSwitch agent']);
  assert.deepEqual((await api.call('GET', '/v2.0/agents', undefined, { as: 'blue' })).body.agents, []);
});

test('an agent is shown as a real server shows it', async (t) => {
  const api = await apiUnderTest(t);
  await host(api, 'host-1', { dhcp: true, l3: true, dvr_snat: true, metering: true }, 'ovs');
  const [exchange] = captured('agents');
  assert.ok(exchange);
  const theirs = (exchange.response.body as { agents: Values[] }).agents;
  for (const mine of await list(api)) {
    const their = theirs.find((one) => one['agent_type'] === mine['agent_type'] && one['host'] === mine['host']);
    assert.ok(their, String(mine['agent_type']));
    assert.deepEqual(Object.keys(mine).sort(), Object.keys(their).sort());
    for (const name of ['binary', 'topic', 'admin_state_up', 'availability_zone', 'alive', 'resources_synced']) {
      assert.deepEqual(mine[name], their[name], name);
    }
    for (const name of ['created_at', 'started_at', 'heartbeat_timestamp']) {
      assert.match(String(mine[name]), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    }
  }
  const l3 = await agentOf(api, 'host-1', 'L3 agent');
  assert.equal((l3['configurations'] as Values)['agent_mode'], 'dvr_snat');
});

test('an agent is alive as long as its host is there', async (t) => {
  const api = await apiUnderTest(t);
  await host(api, 'a', {});
  const alive = async () => (await list(api))[0]?.['alive'];
  assert.equal(await alive(), true);
  assert.equal((await list(api, '?alive=True')).length, 1);
  await api.store.query(`UPDATE hosts SET last_seen_at = now() - interval '2 min'`);
  assert.equal(await alive(), false);
  await api.store.query(`UPDATE hosts SET last_seen_at = now(), connected_to = NULL`);
  assert.equal(await alive(), false);
});

test('an admin may disable, describe and remove an agent', async (t) => {
  const api = await apiUnderTest(t);
  await host(api, 'a', { dhcp: true });
  const { id } = await agentOf(api, 'a', 'dhcp AGENT');
  const put = (agent: Values) => api.call('PUT', `/v2.0/agents/${id}`, { agent });
  const changed = (await put({ admin_state_up: false, description: 'x' })).body.agent;
  assert.deepEqual([changed.admin_state_up, changed.description], [false, 'x']);
  assert.equal(told(await put({ host: 'b' })), '400 HTTPBadRequest Cannot update read-only attribute host');
  await api.store.query(`UPDATE hosts SET last_seen_at = now() + interval '1 s'`);
  assert.equal((await agentOf(api, 'a', 'DHCP agent'))['admin_state_up'], false, 'it stays through heartbeats');
  assert.equal((await api.call('DELETE', `/v2.0/agents/${id}`)).status, 204);
  assert.equal(told(await api.call('GET', `/v2.0/agents/${id}`)), `404 AgentNotFound Agent ${id} could not be found.`);
  await api.store.query(`UPDATE hosts SET connected_to = 'elsewhere'`);
  assert.equal((await list(api)).length, 2, 'it is there again when its host comes again');
});

test('DHCP agents serve networks where their ports are, or will be', async (t) => {
  const api = await apiUnderTest(t);
  for (const name of ['a', 'bb', 'ccc']) await host(api, name, { dhcp: true });
  const ids = new Map((await list(api, '?agent_type=DHCP agent')).map((agent) => [agent['id'], agent['host']]));
  const network = (await api.call('POST', '/v2.0/networks', { network: {} })).body.network.id as string;
  const hosting = async () =>
    (await api.call('GET', `/v2.0/networks/${network}/dhcp-agents`)).body.agents
      .map((agent: Values) => agent['host'])
      .sort();
  const hosted = async () => {
    const found: string[] = [];
    for (const [id, name] of ids) {
      const { networks } = (await api.call('GET', `/v2.0/agents/${id}/dhcp-networks`)).body;
      if (networks.some((one: Values) => one['id'] === network)) found.push(name);
    }
    return found.sort((a, b) => (a < b ? -1 : 1));
  };
  const agree = async (expected: string[], why: string) => {
    assert.deepEqual(await hosting(), expected, why);
    assert.deepEqual(await hosted(), expected, why);
    const shown = (await api.call('GET', `/v2.0/networks/${network}`)).body.network;
    assert.deepEqual(shown.availability_zones, expected.length === 0 ? [] : ['nova']);
  };
  await agree([], 'nothing to serve');
  await api.call('POST', '/v2.0/subnets', { subnet: { network_id: network, ip_version: 4, cidr: '10.1.0.0/24' } });
  const [next] = await hosting();
  await agree([next], 'the next agent of the ring');
  const port = (await api.call('POST', '/v2.0/ports', { port: { network_id: network } })).body.port.id;
  await agree([next], 'a port that is nowhere changes nothing');
  await api.call('PUT', `/v2.0/ports/${port}`, { port: { 'binding:host_id': 'bb' } });
  await agree(['bb'], 'where the port is');
  await api.call('POST', '/v2.0/ports', { port: { network_id: network, 'binding:host_id': 'ccc' } });
  await agree(['bb', 'ccc'], 'where the ports are');

  const idOf = (name: string) => [...ids].find(([, one]) => one === name)?.[0];
  const add = (name: string, id = network) =>
    api.call('POST', `/v2.0/agents/${idOf(name)}/dhcp-networks`, { network_id: id });
  const drop = (name: string) => api.call('DELETE', `/v2.0/agents/${idOf(name)}/dhcp-networks/${network}`);
  assert.equal(
    told(await add('bb')),
    `409 NetworkHostedByDHCPAgent The network ${network} has been already hosted by the DHCP Agent ${idOf('bb')}.`,
  );
  const added = await add('a');
  assert.deepEqual([added.status, added.body], [201, null]);
  await agree(['a', 'bb', 'ccc'], 'as the API says');
  assert.equal((await drop('a')).status, 204);
  assert.equal((await drop('bb')).status, 204);
  await agree(['ccc'], 'as the API says');
  assert.equal(
    told(await drop('a')),
    `409 NetworkNotHostedByDhcpAgent The network ${network} is not hosted by the DHCP Agent ${idOf('a')}.`,
  );
  const nobody = '00000000-0000-0000-0000-000000000000';
  assert.equal(told(await add('a', nobody)), `404 NetworkNotFound Network ${nobody} could not be found.`);
  await api.call('PUT', `/v2.0/agents/${idOf('a')}`, { agent: { admin_state_up: false } });
  assert.equal(
    told(await add('a')),
    `404 InvalidDHCPAgent Agent ${idOf('a')} is not a valid DHCP Agent or has been disabled.`,
  );
  const member = await api.call('GET', `/v2.0/networks/${network}/dhcp-agents`, undefined, { as: 'admin member' });
  assert.equal(told(member), '403 PolicyNotAuthorized rule:get_dhcp-agents is disallowed by policy');
});

test('the ring leaves no network out', async (t) => {
  const api = await apiUnderTest(t);
  for (const name of ['a', 'bb', 'ccc', 'dddd']) await host(api, name, { dhcp: true });
  await api.store.query(
    `WITH n AS (INSERT INTO networks (project_id, mtu, vni) SELECT 'blue', 1450, g FROM generate_series(1, 40) g RETURNING id),
 s AS (INSERT INTO subnets (project_id, network_id, ip_version, cidr) SELECT 'blue', id, 4, '10.0.0.0/24' FROM n)
 INSERT INTO ports (project_id, network_id, mac_address) SELECT 'blue', id, 'fa:16:3e:00:00:01' FROM n`,
  );
  const rows = await api.store.query<{ alike: boolean; agents: number }>(
    `SELECT (SELECT array_agg(id) FROM dhcp_agents_of(n.id) id) = ARRAY(SELECT a.id FROM agents a WHERE n.id IN (SELECT networks_of_dhcp_agent(a.id)))
 AS alike, (SELECT count(*) FROM dhcp_agents_of(n.id))::integer AS agents FROM networks n`,
  );
  assert.equal(rows.length, 40);
  assert.ok(rows.every(({ alike, agents }) => alike && agents === 1));
});

test('zones are those of agents', async (t) => {
  const api = await apiUnderTest(t);
  await host(api, 'a', { dhcp: true, l3: true });
  const zones = async (query = '') =>
    (await api.call('GET', `/v2.0/availability_zones${query}`, undefined, { as: 'blue reader' })).body
      .availability_zones;
  const exchange = captured('agents').find(({ title }) => title === 'availability zones');
  assert.deepEqual({ availability_zones: await zones() }, exchange?.response.body);
  assert.deepEqual(await zones('?resource=router&name=nova'), [
    { state: 'available', name: 'nova', resource: 'router' },
  ]);
  await api.store.query(`UPDATE agents SET admin_state_up = false WHERE agent_type = 'L3 agent'`);
  assert.equal((await zones('?state=unavailable'))[0].resource, 'router');
  const network = (hints: unknown) =>
    api.call('POST', '/v2.0/networks', { network: { availability_zone_hints: hints } }, { as: 'blue' });
  assert.deepEqual((await network(['nova'])).body.network.availability_zone_hints, ['nova']);
  assert.equal(told(await network(['mars'])), '404 AvailabilityZoneNotFound AvailabilityZone mars could not be found.');
  assert.equal(
    told(await network('nova')),
    "400 HTTPBadRequest Invalid input for availability_zone_hints. Reason: 'nova' is not a list.",
  );
});
