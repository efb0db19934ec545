import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { assertDone, openWorld, until } from './world.ts';

const [ROUTER, INTERFACE, GATEWAY, HOLDER, FLOATING] = Array.from({ length: 5 }, () => randomUUID());

test('a router is on the hosts of its networks, its gateway on that of its agent, and what they say is shown', async (t) => {
  const world = await openWorld(t);
  const hub = await world.openHub();
  for (const host of ['h1', 'h2']) {
    await world.addHost(host);
    world.startAgent(host, hub.addresses);
  }
  await until('connected', () => hub.isConnected('h1') && hub.isConnected('h2'));
  const [inside, outside] = [await world.addNetwork(), await world.addNetwork()];
  const port = await world.addPort(inside, 'h1');
  await world.change(async (tx) => {
    for (const host of ['h1', 'h2'])
      await tx.query(`INSERT INTO agents (host, agent_type) VALUES ($1, 'L3 agent') ON CONFLICT DO NOTHING`, [host]);
    const add = `INSERT INTO ports (id, project_id, network_id, mac_address, device_owner, device_id) VALUES ($1, 'p', $2, $3, $4, $5)`;
    await tx.query(add, [INTERFACE, inside, 'fa:16:3e:00:00:71', 'network:router_interface', ROUTER]);
    await tx.query(add, [GATEWAY, outside, 'fa:16:3e:00:00:72', 'network:router_gateway', ROUTER]);
    await tx.query(add, [HOLDER, outside, 'fa:16:3e:00:00:73', 'network:floatingip', FLOATING]);
    await tx.query(`INSERT INTO routers (id, project_id, gw_port_id) VALUES ($1, 'p', $2)`, [ROUTER, GATEWAY]);
    await tx.query('SELECT schedule_router($1)', [ROUTER]);
    await tx.query(
      `INSERT INTO floatingips (id, project_id, floating_network_id, floating_ip_address, floating_port_id, fixed_port_id, fixed_ip_address, router_id)
      VALUES ($1, 'p', $2, '203.0.113.9', $3, $4, '10.0.0.9', $5)`,
      [FLOATING, outside, HOLDER, port, ROUTER],
    );
  });
  await assertDone(hub, hub.revision);
  const states = async () => {
    const ports = await world.store.query<{ id: string; status: string }>(
      'SELECT id, status FROM ports WHERE id = ANY($1::uuid[])',
      [[INTERFACE, GATEWAY]],
    );
    const [floating] = await world.store.query<{ status: string }>('SELECT status FROM floatingips');
    return [...ports.map(({ status }) => status), floating?.status];
  };
  await until('all is ACTIVE', async () => (await states()).every((status) => status === 'ACTIVE'));
  assert.deepEqual([...hub.loom.view('h1').routers.keys()], [ROUTER]);
  const gatewayHosts = () => ['h1', 'h2'].filter((host) => hub.loom.view(host).gateways.has(ROUTER ?? ''));
  const [first, ...others] = gatewayHosts();
  assert.deepEqual(others, []);
  assert.deepEqual([...hub.loom.view(first ?? '').floatingIps.keys()], [FLOATING]);

  await world.change((tx) => tx.query(`DELETE FROM agents WHERE host = $1 AND agent_type = 'L3 agent'`, [first]));
  await until('the gateway is elsewhere', () => {
    const now = gatewayHosts();
    return now.length === 1 && now[0] !== first;
  });
  await world.change((tx) => tx.query('UPDATE routers SET enable_snat = false WHERE id = $1', [ROUTER]));
  await until('no translation for all', () => hub.loom.objects.router.get(ROUTER ?? '')?.gateway?.snat === false);
});
