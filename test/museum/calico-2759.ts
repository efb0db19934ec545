/*
 * Calico 2759 (https://github.com/projectcalico/calico/issues/2759): a policy changed from allow to deny left connections
 * that were open flowing, for the first rule of every chain accepted whatever connection tracking called established.
 * Here the last packet of a flow that a rule no longer allows leaves before the change is in effect, whichever end sends
 * and whatever the protocol; a flow beside it that stays allowed loses nothing.
 */
import type { TestContext } from 'node:test';
import type { Cloud } from '../support/cloud.ts';
import { ANYTHING, openFlow, openFlows } from '../support/open-flows.ts';
import { assertFlowing, assertStopped, unharmed } from '../support/verdicts.ts';

export async function calico2759(_t: TestContext, cloud: Cloud): Promise<void> {
  const open = await cloud.group();
  const rules = await Promise.all(ANYTHING.map((rule) => cloud.allow(open, rule)));
  const kept = await cloud.group({ protocol: 'udp', port_range_min: 5900, port_range_max: 5900 });
  const [near, far, server] = await Promise.all([
    cloud.guest({ host: 'h1', groups: [kept] }),
    cloud.guest({ host: 'h2', groups: [kept] }),
    cloud.guest({ host: 'h1', groups: [open, kept] }),
  ]);
  await cloud.settled();
  const doomed = [...(await openFlows(near, server)), ...(await openFlows(far, server))];
  const allowed = [
    await openFlow(near, server, 'udp v4', { port: 5900 }),
    await openFlow(far, server, 'udp v4', { port: 5900 }),
  ];
  await assertFlowing([...doomed, ...allowed], 400);
  await unharmed(allowed, async () => {
    for (const rule of rules) await cloud.revoke(rule);
    await assertStopped(doomed, 800, await cloud.settled());
  });
}
