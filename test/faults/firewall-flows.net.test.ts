import { type TestContext, test } from 'node:test';
import { type Cloud, type Guest, openCloud } from '../support/cloud.ts';
import { ANYTHING, openFlow, openFlows, UDP_PORT } from '../support/open-flows.ts';
import { assertFlowing, assertStopped, unharmed, type Watched } from '../support/verdicts.ts';

/** A rule by the names of the Networking API; of IPv4 unless told. */
type FirewallRule = Readonly<Record<string, string | number | boolean>>;

interface Policy {
  readonly id: string;
  /** Its rules, in order. */
  readonly rules: readonly string[];
}

/** Flows of these go on, whatever becomes of the others. */
const STEADY_PORT = 5900;
const STEADY: FirewallRule = { action: 'allow', protocol: 'udp', destination_port: STEADY_PORT };
const ALLOW_ALL: readonly FirewallRule[] = [4, 6].map((ip_version) => ({ action: 'allow', ip_version }));
const DENY_ALL: readonly FirewallRule[] = [4, 6].map((ip_version) => ({ action: 'deny', ip_version }));

test('a firewall holds for flows that are open', { timeout: 180_000 }, async (t) => {
  const cloud = await openCloud(t);
  const tests: Record<string, (t: TestContext, cloud: Cloud) => Promise<void>> = {
    'a rule leaves a policy, and comes back': leavingRule,
    'a deny comes before an allow': denyBefore,
    'what goes out has a policy of its own': outgoing,
    'a rule, a policy, a group and its ports change': changes,
    'a security group without state keeps the firewall': stateless,
  };
  for (const [title, run] of Object.entries(tests))
    await t.test(title, async (t) => {
      try {
        await run(t, cloud);
      } finally {
        await cloud.clear();
      }
    });
});

async function leavingRule(_t: TestContext, cloud: Cloud): Promise<void> {
  const { near, far, server } = await threeGuests(cloud);
  const policy = await makePolicy(cloud, STEADY, ...ALLOW_ALL);
  await makeFirewall(cloud, [server], { ingress: policy });
  await cloud.settled();
  const flows = [...(await openFlows(near, server)), ...(await openFlows(far, server))];
  const [, ...open] = policy.rules;
  await cutAndBack(cloud, await withSteady(flows, near, far, server), {
    cut: () => each(open, (rule) => remove(cloud, policy, rule)),
    back: () => each(open, (rule) => insert(cloud, policy, rule)),
  });
}

async function denyBefore(_t: TestContext, cloud: Cloud): Promise<void> {
  const { near, far, server } = await threeGuests(cloud);
  const policy = await makePolicy(cloud, STEADY, ...ALLOW_ALL);
  await makeFirewall(cloud, [server], { ingress: policy });
  await cloud.settled();
  const flows = [...(await openFlows(near, server)), ...(await openFlows(far, server))];
  const denials = await makeRules(cloud, DENY_ALL);
  const watched = await withSteady(flows, near, far, server);
  // Behind the rules that allow them denials change nothing.
  await unharmed(flows, async () => {
    await each(denials, (rule) => insert(cloud, policy, rule, { insert_after: policy.rules.at(-1) }));
    await cloud.settled();
    await each(denials, (rule) => remove(cloud, policy, rule));
    await cloud.settled();
  });
  await cutAndBack(cloud, watched, {
    cut: () => each(denials, (rule) => insert(cloud, policy, rule, { insert_before: policy.rules[1] })),
    back: () => each(denials, (rule) => remove(cloud, policy, rule)),
  });
}

async function outgoing(_t: TestContext, cloud: Cloud): Promise<void> {
  const { near, far, server } = await threeGuests(cloud);
  const both = await makePolicy(cloud, ...ALLOW_ALL);
  const egress = await makePolicy(cloud, ...ALLOW_ALL);
  await makeFirewall(cloud, [near], { ingress: both, egress });
  await cloud.settled();
  const flows = await openFlows(near, server);
  // What answers a flow from outside is not asked of the policy for what goes out.
  const steady = await openFlows(far, near, ['udp v4', 'tcp-pull v6', 'tcp-push v4']);
  await cutAndBack(
    cloud,
    { flows, steady },
    {
      cut: () => each(egress.rules, (rule) => remove(cloud, egress, rule)),
      back: () => each(egress.rules, (rule) => insert(cloud, egress, rule)),
    },
  );
}

/** Every other way in which a flow can lose what allows it, and get it back. */
async function changes(_t: TestContext, cloud: Cloud): Promise<void> {
  const { near, far, server } = await threeGuests(cloud);
  const rules: FirewallRule[] = [{ action: 'allow', protocol: 'udp', destination_port: UDP_PORT }];
  const policy = await makePolicy(cloud, ...rules);
  const closed = await makePolicy(cloud);
  const group = await makeFirewall(cloud, [server], { ingress: policy });
  await cloud.settled();
  const [rule = ''] = policy.rules;
  const flows = [await openFlow(near, server, 'udp v4'), await openFlow(far, server, 'udp v4')];
  const setRule = (attributes: object) => put(cloud, `firewall_rules/${rule}`, { firewall_rule: attributes });
  const setGroup = (attributes: object) => put(cloud, `firewall_groups/${group}`, { firewall_group: attributes });
  const watched = { flows, steady: [] };
  const ways: readonly (readonly [(a: object) => Promise<void>, cut: object, back: object])[] = [
    [setRule, { enabled: false }, { enabled: true }],
    [setRule, { action: 'reject' }, { action: 'allow' }],
    [setRule, { destination_port: '5001:5999' }, { destination_port: '4999:5000' }],
    [setRule, { source_ip_address: '192.0.2.0/24' }, { source_ip_address: '10.20.0.0/16' }],
    [setRule, { source_port: '1:1023' }, { source_port: null }],
    [setGroup, { admin_state_up: false }, { admin_state_up: true }],
    [setGroup, { ingress_firewall_policy_id: null }, { ingress_firewall_policy_id: policy.id }],
    [setGroup, { ingress_firewall_policy_id: closed.id }, { ingress_firewall_policy_id: policy.id }],
    // Without a firewall the security group alone decides.
    [setGroup, { ingress_firewall_policy_id: closed.id }, { ports: [] }],
    [setGroup, { ports: [server.port.id] }, { ingress_firewall_policy_id: policy.id }],
  ];
  for (const [set, cut, back] of ways) await cutAndBack(cloud, watched, { cut: () => set(cut), back: () => set(back) });
  await unharmed(flows, async () => {
    await setGroup({ ports: [] });
    await cloud.settled();
    await setGroup({ ports: [server.port.id] });
    await cloud.settled();
  });
}

async function stateless(_t: TestContext, cloud: Cloud): Promise<void> {
  const made = await cloud.send('POST', '/v2.0/security-groups', { security_group: { name: 's', stateful: false } });
  const { id } = made['security_group'] as { id: string };
  for (const rule of ANYTHING) await cloud.allow(id, rule);
  const { near, far, server } = await threeGuests(cloud, id);
  const policy = await makePolicy(cloud, STEADY, ...ALLOW_ALL);
  await makeFirewall(cloud, [server], { ingress: policy });
  await cloud.settled();
  const flows = [...(await openFlows(near, server)), ...(await openFlows(far, server))];
  const [, ...open] = policy.rules;
  await cutAndBack(cloud, await withSteady(flows, near, far, server), {
    cut: () => each(open, (rule) => remove(cloud, policy, rule)),
    back: () => each(open, (rule) => insert(cloud, policy, rule)),
  });
}

interface Flows {
  readonly flows: readonly Watched[];
  readonly steady: readonly Watched[];
}

/** Flows stop with one change and go on with another, while steady ones lose nothing. */
async function cutAndBack(
  cloud: Cloud,
  { flows, steady }: Flows,
  { cut, back }: { readonly cut: () => Promise<void>; readonly back: () => Promise<void> },
): Promise<void> {
  await assertFlowing(flows, 300);
  await unharmed(steady, async () => {
    await cut();
    await assertStopped(flows, 400, await cloud.settled());
    await back();
    await cloud.settled();
  });
  await assertFlowing(flows, 300);
}

async function withSteady(flows: readonly Watched[], near: Guest, far: Guest, server: Guest): Promise<Flows> {
  const steady = await Promise.all([near, far].map((from) => openFlow(from, server, 'udp v4', { port: STEADY_PORT })));
  return { flows, steady };
}

/** A client on the server's host, one on another, and the server; security groups let everything through. */
async function threeGuests(cloud: Cloud, group?: string): Promise<Record<'near' | 'far' | 'server', Guest>> {
  const groups = [group ?? (await cloud.group(...ANYTHING))];
  const port = { device_owner: 'compute:test' };
  const [near, far, server] = await Promise.all([
    cloud.guest({ host: 'h1', groups, port }),
    cloud.guest({ host: 'h2', groups, port }),
    cloud.guest({ host: 'h1', groups, port }),
  ]);
  await cloud.settled();
  return { near, far, server };
}

async function makeRules(cloud: Cloud, rules: readonly FirewallRule[]): Promise<string[]> {
  const made: string[] = [];
  for (const rule of rules) {
    const answer = await cloud.send('POST', '/v2.0/fwaas/firewall_rules', { firewall_rule: rule });
    made.push((answer['firewall_rule'] as { id: string }).id);
  }
  return made;
}

async function makePolicy(cloud: Cloud, ...specs: readonly FirewallRule[]): Promise<Policy> {
  const rules = await makeRules(cloud, specs);
  const body = { firewall_policy: { name: 'p', firewall_rules: rules } };
  const answer = await cloud.send('POST', '/v2.0/fwaas/firewall_policies', body);
  return { id: (answer['firewall_policy'] as { id: string }).id, rules };
}

/** Gives the group's id. */
async function makeFirewall(
  cloud: Cloud,
  guests: readonly Guest[],
  { ingress, egress }: { readonly ingress?: Policy; readonly egress?: Policy },
): Promise<string> {
  const answer = await cloud.send('POST', '/v2.0/fwaas/firewall_groups', {
    firewall_group: {
      ports: guests.map(({ port }) => port.id),
      ...(ingress && { ingress_firewall_policy_id: ingress.id }),
      ...(egress && { egress_firewall_policy_id: egress.id }),
    },
  });
  return (answer['firewall_group'] as { id: string }).id;
}

async function insert(cloud: Cloud, { id }: Policy, rule: string, place: object = {}): Promise<void> {
  await put(cloud, `firewall_policies/${id}/insert_rule`, { firewall_rule_id: rule, ...place });
}

async function remove(cloud: Cloud, { id }: Policy, rule: string): Promise<void> {
  await put(cloud, `firewall_policies/${id}/remove_rule`, { firewall_rule_id: rule });
}

async function put(cloud: Cloud, path: string, body: object): Promise<void> {
  await cloud.send('PUT', `/v2.0/fwaas/${path}`, body);
}

/** One after the other: each is a change of the same policy. */
async function each(rules: readonly string[], change: (rule: string) => Promise<void>): Promise<void> {
  for (const rule of rules) await change(rule);
}
