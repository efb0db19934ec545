import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { FirewallRow } from '@netloom/core/tables/host-tables';
import { serve } from '../http/api-under-test.ts';
import { assertDone, openWorld, until } from './world.ts';

/** The API and agents on one database; what a client does to firewalls of project "p", and what hosts have of them. */
async function openFirewalls(t: TestContext) {
  const world = await openWorld(t);
  const { call } = await serve(t, world.store);
  const hub = await world.openHub({ heartbeat: 200 });
  const network = await world.addNetwork();
  const send = async (method: string, path: string, body: object | undefined, status: number) => {
    const reply = await call(method, `/v2.0/${path}`, body, { as: 'p' });
    assert.equal(reply.status, status, JSON.stringify(reply.body));
    return reply.body;
  };
  const make = async (name: string, plural: string, wanted: object) =>
    (await send('POST', `fwaas/${plural}`, { [name]: wanted }, 201))[name];
  return {
    world,
    hub,
    send,
    caughtUp: (host: string) => {
      const { revision } = hub;
      return until(`${host} caught up`, async () => {
        const [row] = await world.store.query<{ applied: number | null }>(
          'SELECT applied_revision AS applied FROM hosts WHERE name = $1',
          [host],
        );
        return (row?.applied ?? -1) >= revision;
      });
    },
    startAgents: async (...hosts: string[]) => {
      for (const host of hosts) await world.addHost(host);
      return hosts.map((host) => world.startAgent(host, hub.addresses));
    },
    port: async (host: string) => {
      const id = await world.addPort(network, host);
      await world.change((tx) => tx.query(`UPDATE ports SET device_owner = 'compute:nova' WHERE id = $1`, [id]));
      return id;
    },
    rule: async (port: number) =>
      (await make('firewall_rule', 'firewall_rules', { protocol: 'tcp', destination_port: port, action: 'allow' })).id,
    policy: async (rules: readonly string[]) =>
      (await make('firewall_policy', 'firewall_policies', { firewall_rules: rules })).id as string,
    group: (wanted: object) => make('firewall_group', 'firewall_groups', wanted),
    put: async (id: string, changes: object) =>
      (await send('PUT', `fwaas/firewall_groups/${id}`, { firewall_group: changes }, 200)).firewall_group.status,
    status: async (id: string): Promise<string> =>
      (await send('GET', `fwaas/firewall_groups/${id}`, undefined, 200)).firewall_group.status,
  };
}

test('rules that are put in, taken out and moved reach the host of a port, and the group says when they have', async (t) => {
  const { startAgents, port, rule, policy, group, send, status, hub } = await openFirewalls(t);
  const [agent] = await startAgents('h1');
  const workload = await port('h1');
  const [a, b] = [await rule(80), await rule(443)];
  const ingress = await policy([a]);
  const made = await group({ ports: [workload], ingress_firewall_policy_id: ingress });
  assert.equal(made.status, 'PENDING_CREATE');
  const active = () => until('ACTIVE', async () => (await status(made.id)) === 'ACTIVE');
  const onHost = () => agent?.target.items.get(`firewalls ${made.id}`)?.spec as unknown as FirewallRow | undefined;
  await active();
  assert.deepEqual(onHost()?.egress, [], 'no policy: nothing goes out');

  const change = async (action: string, body: object) => {
    await send('PUT', `fwaas/firewall_policies/${ingress}/${action}`, body, 200);
    await active();
    return onHost()?.ingress.map(({ id }) => id);
  };
  assert.deepEqual(await change('insert_rule', { firewall_rule_id: b }), [b, a]);
  await send('PUT', `fwaas/firewall_policies/${ingress}`, { firewall_policy: { firewall_rules: [a, b] } }, 200);
  await active();
  assert.deepEqual(
    onHost()?.ingress.map(({ id, destinationPorts }) => [id, destinationPorts]),
    [
      [a, [80, 80]],
      [b, [443, 443]],
    ],
  );
  await send('PUT', `fwaas/firewall_rules/${b}`, { firewall_rule: { enabled: false } }, 200);
  await active();
  assert.deepEqual(
    onHost()?.ingress.map(({ id }) => id),
    [a],
  );
  assert.deepEqual(await change('remove_rule', { firewall_rule_id: a }), []);
  await send('PUT', `fwaas/firewall_groups/${made.id}`, { firewall_group: { ports: [] } }, 200);
  await until('gone', () => onHost() === undefined);
  await assertDone(hub, hub.revision);
});

test('a group is pending for as long as one host with a port of it has not followed', async (t) => {
  const { startAgents, port, policy, group, put, status, world, caughtUp, hub } = await openFirewalls(t);
  const [, there] = await startAgents('h1', 'h2');
  const [near, far, late] = [await port('h1'), await port('h2'), await port('h2')];
  const { id } = await group({ ports: [near, far], ingress_firewall_policy_id: await policy([]) });
  const active = () => until('ACTIVE', async () => (await status(id)) === 'ACTIVE');
  await active();
  await caughtUp('h2');
  await there?.stop();

  assert.equal(await put(id, { ports: [near, far, late] }), 'PENDING_UPDATE');
  await until('woven', () => hub.loom.view('h2').ports.get(late)?.guard?.firewall === id);
  assert.equal(await status(id), 'PENDING_UPDATE', 'a port that h2 does not know to be a member');
  assert.equal(await put(id, { ports: [near, far] }), 'PENDING_UPDATE');
  await active();
  assert.equal(await put(id, { egress_firewall_policy_id: await policy([]) }), 'PENDING_UPDATE');
  await caughtUp('h1');
  assert.equal(await status(id), 'PENDING_UPDATE', 'a policy that h2 does not know');
  world.startAgent('h2', hub.addresses, there?.target);
  await active();
});

test('a group is pending when a port of it has just come to another host', async (t) => {
  const { startAgents, port, policy, group, status, world, caughtUp } = await openFirewalls(t);
  const [, elsewhere] = await startAgents('h1', 'h2');
  const moving = await port('h1');
  const { id } = await group({ ports: [moving], ingress_firewall_policy_id: await policy([]) });
  await until('ACTIVE', async () => (await status(id)) === 'ACTIVE');
  await caughtUp('h2');
  await elsewhere?.stop();
  // As the API does when a port is moved.
  await world.change((tx) => tx.query(`UPDATE ports SET host = 'h2', status = 'DOWN' WHERE id = $1`, [moving]));
  assert.equal(await status(id), 'PENDING_CREATE');
});

test('a group shows what its hosts say of it, and what no host can do', async (t) => {
  const { startAgents, port, policy, group, put, status, world } = await openFirewalls(t);
  await startAgents('h1');
  const member = await port('h1');
  const { id } = await group({ ports: [member], ingress_firewall_policy_id: await policy([]) });
  const active = () => until('ACTIVE', async () => (await status(id)) === 'ACTIVE');
  await active();
  const say = `INSERT INTO host_statuses (host, object_table, object_id, state, message) VALUES ('h1', $1, $2, $3, 'why')`;
  for (const [table, object, state, shown] of [
    ['firewalls', id, 'error', 'ERROR'],
    ['firewalls', id, 'pending', 'PENDING_CREATE'],
    ['ports', member, 'error', 'ERROR'],
    ['ports', member, 'pending', 'ACTIVE'],
  ]) {
    await world.store.query(say, [table, object, state]);
    assert.equal(await status(id), shown, `${table} ${state}`);
    await world.store.query('DELETE FROM host_statuses');
  }
  assert.equal(await put(id, { name: 'renamed' }), 'ACTIVE');
  assert.equal(await put(id, { admin_state_up: false }), 'DOWN');
  assert.equal(await put(id, { admin_state_up: true }), 'PENDING_UPDATE');
  await active();
  await world.change((tx) =>
    tx.query(`UPDATE ports SET port_security_enabled = false, security_groups = '{}' WHERE id = $1`, [member]),
  );
  assert.equal(await status(id), 'DOWN');
});
