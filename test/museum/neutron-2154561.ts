/*
 * neutron 2154561 (https://launchpad.net/bugs/2154561): when a change touched many ports, each port's invalid marks were
 * cleared from connection tracking before the new rules were in place, and packets that came in between put marks back
 * that nobody cleared any more. Here the verdict on an open flow and the rules change at one instant: under a stream of
 * packets on many ports, every grant revives every flow.
 */
import type { TestContext } from 'node:test';
import type { Cloud } from '../support/cloud.ts';
import { openFlow } from '../support/open-flows.ts';
import { assertFlowing, assertStopped } from '../support/verdicts.ts';

const PORTS = 5;
const ROUNDS = 4;

export async function neutron2154561(_t: TestContext, cloud: Cloud): Promise<void> {
  const group = await cloud.group();
  const rule = { protocol: 'udp' };
  let id = await cloud.allow(group, rule);
  const closed = await cloud.group();
  const client = await cloud.guest({ host: 'h2', groups: [closed] });
  const servers = await Promise.all(Array.from({ length: PORTS }, () => cloud.guest({ host: 'h1', groups: [group] })));
  await cloud.settled();
  const flows = await Promise.all(servers.map((server) => openFlow(client, server, 'udp v4', { intervalMs: 4 })));
  await assertFlowing(flows, 200);
  for (let round = 0; round < ROUNDS; round++) {
    await cloud.revoke(id);
    await assertStopped(flows, 100, await cloud.settled());
    id = await cloud.allow(group, rule);
    await cloud.settled();
    await assertFlowing(flows, 150);
  }
}
