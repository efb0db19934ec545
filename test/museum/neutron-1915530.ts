/*
 * neutron 1915530 (https://launchpad.net/bugs/1915530): flows that were open when a security group was taken from a port
 * were marked as invalid in connection tracking, and giving the group back did not take the mark away, so that they hung
 * until their entries ran out. Here a flow that is allowed again goes on at once, the same connection, as often as it is asked.
 */
import type { TestContext } from 'node:test';
import type { Cloud } from '../support/cloud.ts';
import { ANYTHING, openFlows } from '../support/open-flows.ts';
import { assertFlowing, assertStopped } from '../support/verdicts.ts';

const ROUNDS = 2;

export async function neutron1915530(_t: TestContext, cloud: Cloud): Promise<void> {
  const open = await cloud.group(...ANYTHING);
  const closed = await cloud.group();
  const [near, far, server] = await Promise.all([
    cloud.guest({ host: 'h1', groups: [closed] }),
    cloud.guest({ host: 'h2', groups: [closed] }),
    cloud.guest({ host: 'h1', groups: [open] }),
  ]);
  await cloud.settled();
  const flows = [...(await openFlows(near, server)), ...(await openFlows(far, server))];
  await assertFlowing(flows, 300);
  for (let round = 0; round < ROUNDS; round++) {
    await cloud.updatePort(server, { security_groups: [closed] });
    await assertStopped(flows, 400, await cloud.settled());
    await cloud.updatePort(server, { security_groups: [open] });
    await cloud.settled();
    await assertFlowing(flows, 300);
  }
}
