/*
 * What a plan says beforehand is what packets do afterwards: each change is planned, then made, and probes between all guests are sent
 * before and after. Exactly those that the plan's lines speak of have begun to pass, or have stopped.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlanBody } from '@netloom/api/client/resources';
import { type Cloud, type Guest, openCloud, type Rule } from '../support/cloud.ts';
import { type Names, type Probe, says } from '../support/flow-lines.ts';

const INTERVAL_MS = 20;
const RECORDS = 15;
const PATIENCE_MS = 60_000;
/** For the last records on a busy machine. */
const ON_ITS_WAY_MS = 500;
const PROBES: readonly Probe[] = (['v4', 'v6'] as const).flatMap((family) => [
  { protocol: 'udp', family, number: 5000 },
  { protocol: 'udp', family, number: 5002 },
  { protocol: 'icmp', family, number: family === 'v4' ? 8 : 128 },
]);

interface Request {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

test('exactly the flows of the plan change on the wire', async (t) => {
  const cloud = await openCloud(t);
  const groups = { clients: await namedGroup(cloud, 'clients'), servers: await namedGroup(cloud, 'servers') };
  const fromClients = { protocol: 'udp', port_range_min: 5000, port_range_max: 5000, remote_group_id: groups.clients };
  const rule = await cloud.allow(groups.servers, fromClients);
  await cloud.allow(groups.servers, { protocol: 'icmp' });
  await cloud.allow(groups.servers, { ethertype: 'IPv6', protocol: 'udp' });
  const guest = (name: string, host: string, group: string) =>
    cloud.guest({ host, groups: [group], port: { name, device_owner: 'compute:test' } });
  const guests = await Promise.all([
    guest('near', 'h1', groups.clients),
    guest('far', 'h2', groups.clients),
    guest('server', 'h1', groups.servers),
    guest('idle', 'h2', groups.servers),
  ]);
  const [near, far, server] = guests as [Guest, Guest, Guest, Guest];
  for (const each of guests) for (const port of [5000, 5002]) await each.serve('udp', port);
  const firewall = await closeableFirewall(cloud, near);
  const ports = `/v2.0/ports/${far.port.id}`;
  const fwaas = '/v2.0/fwaas';
  const changes: readonly (readonly [string, ...Request[]])[] = [
    [
      'a rule more',
      addRule(groups.servers, { ethertype: 'IPv6', protocol: 'ipv6-icmp', remote_group_id: groups.clients }),
    ],
    ['a rule less', { method: 'DELETE', path: `/v2.0/security-group-rules/${rule}` }],
    ['the rule comes back', addRule(groups.servers, fromClients)],
    ['a member of another group', put(ports, { port: { security_groups: [groups.servers] } })],
    [
      'a port joins a firewall',
      put(`${fwaas}/firewall_groups/${firewall.group}`, { firewall_group: { ports: [server.port.id] } }),
    ],
    [
      'a rule of the firewall changes',
      put(`${fwaas}/firewall_rules/${firewall.rule}`, {
        firewall_rule: { destination_port: '5001:5002', source_ip_address: null },
      }),
    ],
    [
      'a rule leaves the policy',
      put(`${fwaas}/firewall_policies/${firewall.policy}/remove_rule`, { firewall_rule_id: firewall.icmp }),
    ],
    [
      'the firewall is closed',
      put(`${fwaas}/firewall_groups/${firewall.group}`, { firewall_group: { admin_state_up: false } }),
    ],
    [
      'a port leaves the firewall',
      put(`${fwaas}/firewall_groups/${firewall.group}`, { firewall_group: { ports: [] } }),
    ],
  ];
  await cloud.settled();
  let before = await passing(guests);
  let changed = 0;
  for (const [name, ...requests] of changes) {
    const was = await namesOf(cloud, guests);
    const { plan } = (await cloud.send('POST', '/v2.0/netloom/plan', { plan: { changes: requests } })) as {
      plan: PlanBody;
    };
    for (const { method, path, body } of requests) await cloud.send(method, path, body);
    await cloud.settled();
    const is = await namesOf(cloud, guests);
    const after = await passing(guests);
    const said = (lines: PlanBody['flows']['gained'], names: ReadonlyMap<Guest, Names>) =>
      tried(guests)
        .filter(({ from, to, probe }) =>
          lines.some((line) =>
            says(line, probe, { from: names.get(from) ?? new Set(), to: names.get(to) ?? new Set() }),
          ),
        )
        .map(textOf);
    const text = JSON.stringify([...plan.flows.gained, ...plan.flows.lost].map((line) => line.text));
    assert.deepEqual([...after.difference(before)].sort(), said(plan.flows.gained, is).sort(), `${name}: + of ${text}`);
    assert.deepEqual([...before.difference(after)].sort(), said(plan.flows.lost, was).sort(), `${name}: - of ${text}`);
    const count = after.symmetricDifference(before).size;
    assert.ok(count > 0, `${name}: nothing that is probed changes`);
    t.diagnostic(`${name}: ${count} of ${tried(guests).length} probed flows change, as the plan says: ${text}`);
    changed += count;
    before = after;
  }
  t.diagnostic(`${changed} changes of flows, all as planned`);
});

interface Trial {
  readonly from: Guest;
  readonly to: Guest;
  readonly probe: Probe;
}

function tried(guests: readonly Guest[]): Trial[] {
  return guests.flatMap((from) =>
    guests.filter((to) => to !== from).flatMap((to) => PROBES.map((probe) => ({ from, to, probe }))),
  );
}

function textOf({ from, to, probe: { protocol, family, number } }: Trial): string {
  return `${from.port.name} -> ${to.port.name} ${family} ${protocol}/${number}`;
}

/** Flows of which packets arrive, each from a source port or identifier that no earlier flow had. */
async function passing(guests: readonly Guest[]): Promise<Set<string>> {
  const flows = await Promise.all(
    tried(guests).map(async (trial) => {
      const { from, to, probe } = trial;
      const spec = { kind: probe.protocol, to: to[probe.family], intervalMs: INTERVAL_MS };
      return { trial, flow: await from.start({ ...spec, ...(probe.protocol === 'udp' && { port: probe.number }) }) };
    }),
  );
  const passed = new Set<string>();
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(100)) {
    const sent = await Promise.all(flows.map(async ({ flow }) => (await flow.read()).sent.length));
    if (sent.every((count) => count >= RECORDS)) break;
    assert.ok(Date.now() < deadline, `a probe was sent ${Math.min(...sent)} times only`);
  }
  await sleep(ON_ITS_WAY_MS);
  for (const { trial, flow } of flows) {
    const got = trial.probe.protocol === 'icmp' ? (await flow.read()).got : await trial.to.seen(flow);
    if (got.length > 0) passed.add(textOf(trial));
    await flow.stop();
  }
  return passed;
}

/** What lines may call each guest, as its port is now. */
async function namesOf(cloud: Cloud, guests: readonly Guest[]): Promise<ReadonlyMap<Guest, Names>> {
  const list = async (path: string) => Object.values(await cloud.send('GET', path)).flat() as Record<string, unknown>[];
  const groups = new Map((await list('/v2.0/security-groups')).map(({ id, name }) => [id, String(name)]));
  const ports = await list('/v2.0/ports');
  return new Map(
    guests.map((guest) => {
      const port = ports.find(({ id }) => id === guest.port.id);
      const own = port?.['security_groups'] as readonly string[];
      return [guest, new Set([guest.port.name, 'network guests', ...own.map((id) => groups.get(id) ?? id)])];
    }),
  );
}

function addRule(group: string, rule: Rule): Request {
  const body = { security_group_rule: { security_group_id: group, direction: 'ingress', ...rule } };
  return { method: 'POST', path: '/v2.0/security-group-rules', body };
}

function put(path: string, body: object): Request {
  return { method: 'PUT', path, body };
}

async function namedGroup(cloud: Cloud, name: string): Promise<string> {
  return idIn(await cloud.send('POST', '/v2.0/security-groups', { security_group: { name } }));
}

/** A firewall without ports; in: udp/5000 from one guest, and icmp; out: everything. */
async function closeableFirewall(cloud: Cloud, client: Guest) {
  const make = async (kind: string, values: object) =>
    idIn(
      await cloud.send('POST', `/v2.0/fwaas/firewall_${kind === 'policy' ? 'policies' : `${kind}s`}`, {
        [`firewall_${kind}`]: values,
      }),
    );
  const rule = await make('rule', {
    action: 'allow',
    protocol: 'udp',
    destination_port: '5000',
    source_ip_address: client.v4,
  });
  const icmp = await make('rule', { action: 'allow', protocol: 'icmp' });
  const open = [await make('rule', { action: 'allow' }), await make('rule', { action: 'allow', ip_version: 6 })];
  const policy = await make('policy', { name: 'in', firewall_rules: [rule, icmp] });
  const out = await make('policy', { name: 'out', firewall_rules: open });
  const group = await make('group', { ingress_firewall_policy_id: policy, egress_firewall_policy_id: out });
  return { group, policy, rule, icmp };
}

function idIn(body: Record<string, unknown>): string {
  const [object] = Object.values(body) as { id: string }[];
  return object?.id ?? '';
}
