/*
 * neutron 2122495 (https://launchpad.net/bugs/2122495): a restarted agent cleared invalid marks of a port's fixed addresses
 * only, so that flows of its allowed address pairs, single addresses and prefixes alike, stayed dead though they were allowed.
 * Here the addresses of pairs are as good as fixed ones: revoked, revived, and untouched by a restart of the agent.
 */
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../support/cloud.ts';
import { openFlow } from '../support/open-flows.ts';
import { assertFlowing, assertStopped, unharmed } from '../support/verdicts.ts';

const SINGLE = '10.20.200.5';
const FROM_PREFIX = '10.20.201.77';
const PAIRS = [{ ip_address: SINGLE }, { ip_address: '10.20.201.0/24' }];

export async function neutron2122495(_t: TestContext, cloud: Cloud): Promise<void> {
  const group = await cloud.group();
  const rule = { protocol: 'udp', port_range_min: 5000, port_range_max: 5000 };
  let id = await cloud.allow(group, rule);
  const closed = await cloud.group();
  const [client, server] = await Promise.all([
    cloud.guest({ host: 'h1', groups: [closed] }),
    cloud.guest({ host: 'h1', groups: [group], port: { allowed_address_pairs: PAIRS } }),
  ]);
  await server.sh(`ip address add ${SINGLE}/16 dev eth0; ip address add ${FROM_PREFIX}/16 dev eth0`);
  await cloud.settled();
  const flows = await Promise.all(
    [server.v4, SINGLE, FROM_PREFIX].map((to) => openFlow(client, server, 'udp v4', { to })),
  );
  await assertFlowing(flows, 300);
  await cloud.revoke(id);
  await assertStopped(flows, 200, await cloud.settled());
  await restartAgent(cloud);
  await assertStopped(flows, 300, await cloud.settled());
  id = await cloud.allow(group, rule);
  await cloud.settled();
  await assertFlowing(flows, 300);
  await unharmed(flows, async () => {
    await restartAgent(cloud);
    await sleep(1500);
  });
}

async function restartAgent({ lab }: Cloud): Promise<void> {
  await lab.fault({ action: 'kill', part: 'agent', host: 'h1' });
  await lab.fault({ action: 'start', part: 'agent', host: 'h1' });
}
