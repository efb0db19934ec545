import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type Api, apiUnderTest, type Reply } from '../api-under-test.ts';

const BLUE = { as: 'blue' };

function world(api: Api) {
  const call = (method: string, path: string, body?: unknown) => api.call(method, `/v2.0/${path}`, body);
  const speaker = (more: object = {}) =>
    call('POST', 'bgp-speakers', { bgp_speaker: { local_as: 64512, ip_version: 4, ...more } });
  const peer = (more: object = {}) =>
    call('POST', 'bgp-peers', {
      bgp_peer: { peer_ip: '192.0.2.1', remote_as: 4200000000, auth_type: 'none', ...more },
    });
  async function thing(path: string, name: string, wanted: object = {}): Promise<string> {
    const { status, body } = await call('POST', path, { [name]: wanted });
    assert.equal(status, 201, JSON.stringify(body));
    return body[name].id;
  }
  return { call, speaker, peer, thing };
}

function assertError({ status, body }: Reply, wanted: [number, string]): void {
  assert.deepEqual([status, body.NeutronError?.type], wanted, JSON.stringify(body));
}

test('speakers and peers are for admins, and passwords for nobody', async (t) => {
  const api = await apiUnderTest(t);
  const { call, speaker, peer } = world(api);
  const made = await speaker({ name: 's', advertise_tenant_networks: false });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id, ...shown } = made.body.bgp_speaker;
  assert.deepEqual(shown, {
    name: 's',
    project_id: 'admin',
    tenant_id: 'admin',
    local_as: 64512,
    ip_version: 4,
    peers: [],
    networks: [],
    advertise_floating_ip_host_routes: true,
    advertise_tenant_networks: false,
  });
  for (const bad of [{ local_as: 0 }, { local_as: 4294967296 }, { local_as: null }, { ip_version: 5 }]) {
    assert.equal((await speaker(bad)).status, 400, JSON.stringify(bad));
  }
  const put = (changes: object) => call('PUT', `bgp-speakers/${id}`, { bgp_speaker: changes });
  assert.equal((await put({ advertise_tenant_networks: true })).body.bgp_speaker.advertise_tenant_networks, true);
  assertError(await put({ local_as: 1 }), [400, 'HTTPBadRequest']);
  assertError(await api.call('GET', `/v2.0/bgp-speakers/${id}`, undefined, BLUE), [404, 'BgpSpeakerNotFound']);
  assert.deepEqual((await api.call('GET', '/v2.0/bgp-speakers', undefined, BLUE)).body.bgp_speakers, []);
  const byBlue = await api.call('POST', '/v2.0/bgp-speakers', { bgp_speaker: { local_as: 1, ip_version: 4 } }, BLUE);
  assertError(byBlue, [403, 'PolicyNotAuthorized']);

  assertError(await peer({ auth_type: 'md5' }), [400, 'InvalidBgpPeerMd5Authentication']);
  assertError(await peer({ auth_type: 'sha' }), [400, 'HTTPBadRequest']);
  assertError(await peer({ peer_ip: '192.0.2.0/24' }), [400, 'HTTPBadRequest']);
  const secret = await peer({ auth_type: 'md5', password: 'hush-hush', peer_ip: '2001:DB8::1' });
  assert.equal(secret.body.bgp_peer.peer_ip, '2001:db8::1');
  const path = `bgp-peers/${secret.body.bgp_peer.id}`;
  const answers = [
    secret,
    await call('GET', path),
    await call('GET', 'bgp-peers'),
    await call('GET', `${path}?fields=password&fields=name`),
    await call('PUT', path, { bgp_peer: { password: 'hush-again' } }),
  ];
  for (const answer of answers) {
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    assert.doesNotMatch(JSON.stringify(answer.body), /hush|password/);
  }
  assert.equal((await call('GET', 'bgp-peers?password=hush-again')).status, 400);
  assertError(await call('PUT', path, { bgp_peer: { password: null } }), [400, 'InvalidBgpPeerMd5Authentication']);
  const [kept] = await api.store.query<{ password: string }>('SELECT password FROM bgp_peers');
  assert.equal(kept?.password, 'hush-again');
  const open = (await peer()).body.bgp_peer.id;
  const found = await call(
    'GET',
    'bgp-peers?peer_ip=2001:db8:0::1&fields=peer_ip&sort_key=peer_ip&sort_dir=desc&limit=5',
  );
  assert.deepEqual(found.body.bgp_peers, [{ peer_ip: '2001:db8::1' }]);
  assertError(await call('PUT', `bgp-peers/${open}`, { bgp_peer: { password: 'x' } }), [
    404,
    'BgpPeerNotAuthenticated',
  ]);
  assert.equal((await call('DELETE', path)).status, 204);
  assertError(await call('GET', path), [404, 'BgpPeerNotFound']);
});

test('peers and gateway networks are bound to speakers', async (t) => {
  const { call, speaker, peer, thing } = world(await apiUnderTest(t));
  const { id } = (await speaker()).body.bgp_speaker;
  const [one, same] = [(await peer()).body.bgp_peer.id, (await peer()).body.bgp_peer.id];
  const network = await thing('networks', 'network');
  const act = (name: string, body: object) => call('PUT', `bgp-speakers/${id}/${name}`, body);
  const added = await act('add_bgp_peer', { bgp_peer_id: one });
  assert.deepEqual([added.status, added.body], [200, { bgp_peer_id: one }]);
  assertError(await act('add_bgp_peer', { bgp_peer_id: same }), [409, 'DuplicateBgpPeerIpException']);
  assertError(await act('add_bgp_peer', { bgp_peer_id: randomUUID() }), [404, 'BgpPeerNotFound']);
  const missing = await act('add_bgp_peer', {});
  assert.equal(missing.body.NeutronError.message, 'Bad bgp-speaker request: bgp_peer_id must be specified.');
  assertError(await act('add_bgp_peer', { bgp_peer_id: 'x' }), [400, 'BadRequest']);
  assert.deepEqual((await act('add_gateway_network', { network_id: network })).body, { network_id: network });
  assertError(await act('add_gateway_network', { network_id: network }), [409, 'BgpSpeakerNetworkBindingError']);
  assertError(await act('add_gateway_network', { network_id: randomUUID() }), [404, 'NetworkNotFound']);
  const shown = (await call('GET', `bgp-speakers/${id}`)).body.bgp_speaker;
  assert.deepEqual([shown.peers, shown.networks], [[one], [network]]);
  assert.deepEqual((await call('GET', `bgp-speakers?networks=${network}&fields=id`)).body.bgp_speakers, [{ id }]);
  assertError(await act('remove_bgp_peer', { bgp_peer_id: same }), [404, 'BgpSpeakerPeerNotAssociated']);
  assert.equal((await act('remove_bgp_peer', { bgp_peer_id: one })).status, 200);
  assert.equal((await act('add_bgp_peer', { bgp_peer_id: same })).status, 200);
  assert.equal((await call('DELETE', `bgp-peers/${same}`)).status, 204);
  assert.deepEqual((await call('GET', `bgp-speakers/${id}`)).body.bgp_speaker.peers, []);
  assert.equal((await act('remove_gateway_network', { network_id: network })).status, 200);
  assertError(await act('remove_gateway_network', { network_id: network }), [404, 'BgpSpeakerNetworkNotAssociated']);
  await act('add_gateway_network', { network_id: network });
  assert.equal((await call('DELETE', `networks/${network}`)).status, 204);
  assert.equal((await call('DELETE', `bgp-speakers/${id}`)).status, 204);
});

test('a speaker has routes to floating IPs, and to networks of its address scopes', async (t) => {
  const { call, speaker, thing } = world(await apiUnderTest(t));
  const scope = await thing('address-scopes', 'address_scope', { name: 'scope', ip_version: 4 });
  const pool = (prefix: string, more: object = {}) =>
    thing('subnetpools', 'subnetpool', { name: 'pool', prefixes: [prefix], default_prefixlen: 24, ...more });
  const outside = await thing('networks', 'network', { 'router:external': true });
  const scoped = { address_scope_id: scope };
  const subnet = async (network: string, subnetpool: string) =>
    thing('subnets', 'subnet', { network_id: network, ip_version: 4, subnetpool_id: subnetpool });
  await subnet(outside, await pool('198.18.0.0/16', scoped));
  const router = await thing('routers', 'router', { external_gateway_info: { network_id: outside } });
  const hop = (await call('GET', `routers/${router}`)).body.router.external_gateway_info.external_fixed_ips[0]
    .ip_address;
  const [inner, other] = [await thing('networks', 'network'), await thing('networks', 'network')];
  const announced = await subnet(inner, await pool('10.7.0.0/16', scoped));
  const hidden = await subnet(other, await pool('10.8.0.0/16'));
  for (const subnet_id of [announced, hidden]) {
    assert.equal((await call('PUT', `routers/${router}/add_router_interface`, { subnet_id })).status, 200);
  }
  const port = await thing('ports', 'port', { network_id: inner });
  const floating = await call('POST', 'floatingips', { floatingip: { floating_network_id: outside, port_id: port } });
  assert.equal(floating.status, 201, JSON.stringify(floating.body));

  const { id } = (await speaker()).body.bgp_speaker;
  const routes = async () => (await call('GET', `bgp-speakers/${id}/get_advertised_routes`)).body;
  const put = (changes: object) => call('PUT', `bgp-speakers/${id}`, { bgp_speaker: changes });
  assert.deepEqual(await routes(), { advertised_routes: [] });
  await call('PUT', `bgp-speakers/${id}/add_gateway_network`, { network_id: outside });
  const host = { destination: `${floating.body.floatingip.floating_ip_address}/32`, next_hop: hop };
  const net = { destination: '10.7.0.0/24', next_hop: hop };
  assert.deepEqual(await routes(), { advertised_routes: [host, net] });
  await put({ advertise_floating_ip_host_routes: false });
  assert.deepEqual(await routes(), { advertised_routes: [net] });
  await put({ advertise_floating_ip_host_routes: true, advertise_tenant_networks: false });
  assert.deepEqual(await routes(), { advertised_routes: [host] });
  await call('PUT', `routers/${router}`, { router: { admin_state_up: false } });
  assert.deepEqual(await routes(), { advertised_routes: [] });
});

test('an agent has one speaker', async (t) => {
  const api = await apiUnderTest(t);
  const { call, speaker } = world(api);
  const { id } = (await speaker()).body.bgp_speaker;
  const other = (await speaker()).body.bgp_speaker.id;
  await api.store.query(`INSERT INTO hosts (name, driver) VALUES ('h1', 'bridge')`);
  const agentOf = async (type: string) => {
    const [row] = await api.store.query<{ id: string }>(
      `INSERT INTO agents (host, agent_type) VALUES ('h1', $1) RETURNING id`,
      [type],
    );
    return String(row?.id);
  };
  const [agent, stranger] = [await agentOf('BGP dynamic routing agent'), await agentOf('L3 agent')];
  const give = (to: string, speakerId: string) =>
    call('POST', `agents/${to}/bgp-drinstances`, { bgp_speaker_id: speakerId });
  assertError(await give(stranger, id), [404, 'DrAgentInvalid']);
  assertError(await give(agent, randomUUID()), [404, 'BgpSpeakerNotFound']);
  assertError(await call('POST', `agents/${agent}/bgp-drinstances`, {}), [400, 'HTTPBadRequest']);
  const given = await give(agent, id);
  assert.deepEqual([given.status, given.body], [201, null]);
  assertError(await give(agent, other), [409, 'DrAgentAssociationError']);
  const { bgp_speakers: hosted } = (await call('GET', `agents/${agent}/bgp-drinstances`)).body;
  assert.deepEqual(
    hosted.map((one: { id: string }) => one.id),
    [id],
  );
  const { agents } = (await call('GET', `bgp-speakers/${id}/bgp-dragents`)).body;
  assert.deepEqual(
    agents.map((one: { id: string }) => one.id),
    [agent],
  );
  assert.deepEqual((await call('GET', `bgp-speakers/${other}/bgp-dragents`)).body, { agents: [] });
  assertError(await call('DELETE', `agents/${agent}/bgp-drinstances/${other}`), [404, 'DrAgentNotHostingBgpSpeaker']);
  assert.equal((await call('DELETE', `agents/${agent}/bgp-drinstances/${id}`)).status, 204);
  assert.deepEqual((await call('GET', `agents/${agent}/bgp-drinstances`)).body, { bgp_speakers: [] });
});
