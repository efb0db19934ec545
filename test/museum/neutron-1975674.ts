/*
 * neutron 1975674 (https://launchpad.net/bugs/1975674): a port went whose group named a remote group of 2,000 ports, and the
 * agent deleted its flows in hundreds of separate commands, for 500 seconds in which no other port of the host was served.
 * Here a group of 2,000 members comes and goes in one transaction, and a change for another port does not wait.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Cloud } from '../support/cloud.ts';
import { openFlow } from '../support/open-flows.ts';
import { assertFlowing, assertStopped, unharmed } from '../support/verdicts.ts';

const MEMBERS = 2000;
const AT_ONCE = 250;
const LONGEST_MS = 5000;

export async function neutron1975674(t: TestContext, cloud: Cloud): Promise<void> {
  const members = await cloud.group();
  const group = await cloud.group();
  const rule = { protocol: 'udp', remote_group_id: members };
  const id = await cloud.allow(group, rule);
  const six = await cloud.allow(group, { ...rule, ethertype: 'IPv6' });
  const open = await cloud.group({ protocol: 'udp' });
  const [member, server, other] = await Promise.all([
    cloud.guest({ host: 'h2', groups: [members] }),
    cloud.guest({ host: 'h1', groups: [group] }),
    cloud.guest({ host: 'h1', groups: [open] }),
  ]);
  await cloud.settled();
  const flows = [await openFlow(member, server, 'udp v4'), await openFlow(member, server, 'udp v6')];
  const beside = [await openFlow(member, other, 'udp v4')];
  await assertFlowing([...flows, ...beside], 200);

  const times: Record<string, number> = {};
  const timed = async (what: string, act: () => Promise<unknown>): Promise<number> => {
    const start = Date.now();
    await act();
    const settled = await cloud.settled();
    times[what] = Date.now() - start;
    return settled;
  };
  await unharmed(beside, async () => {
    await fill(cloud, members);
    await cloud.settled();
    await assertFlowing(flows, 200);
    const stopped = await timed('the rules go', () => Promise.all([id, six].map((one) => cloud.revoke(one))));
    await assertStopped(flows, 200, stopped);
    await timed('it comes', () => cloud.allow(group, rule));
    await assertFlowing(flows.slice(0, 1), 200);
    await timed('the port with the rule goes', () => cloud.send('DELETE', `/v2.0/ports/${server.port.id}`));
    await timed('a rule for another port', () => cloud.allow(open, { protocol: 'tcp' }));
  });
  t.diagnostic(`${MEMBERS} members, ms until in effect: ${JSON.stringify(times)}`);
  for (const [what, ms] of Object.entries(times)) assert.ok(ms < LONGEST_MS, `${what}: ${ms} ms`);
}

async function fill(cloud: Cloud, group: string): Promise<void> {
  const port = { network_id: cloud.network, security_groups: [group] };
  for (let made = 0; made < MEMBERS; made += AT_ONCE) {
    await cloud.send('POST', '/v2.0/ports', { ports: Array<object>(AT_ONCE).fill(port) });
  }
}
