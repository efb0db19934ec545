/*
 * ovn-kubernetes 4041 (https://github.com/ovn-org/ovn-kubernetes/pull/4041): when its master restarted it emptied the address
 * sets that policies name and filled them again pod by pod, and meanwhile allowed traffic was dropped.
 * Here the sets stay as they are while agent or controller restarts: new flows that only a remote group allows are opened
 * 200 times a second, and none is lost.
 */
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../support/cloud.ts';
import { openFlow } from '../support/open-flows.ts';
import { unharmed } from '../support/verdicts.ts';

const RESTARTS = 2;
const UP_AGAIN_MS = 1500;

export async function ovnKubernetes4041(_t: TestContext, cloud: Cloud): Promise<void> {
  const { lab } = cloud;
  const members = await cloud.group();
  const group = await cloud.group(
    { protocol: 'udp', remote_group_id: members },
    { protocol: 'udp', ethertype: 'IPv6', remote_group_id: members },
  );
  const [near, far, server] = await Promise.all([
    cloud.guest({ host: 'h1', groups: [members] }),
    cloud.guest({ host: 'h2', groups: [members] }),
    cloud.guest({ host: 'h1', groups: [group] }),
  ]);
  await cloud.settled();
  const flows = await Promise.all([
    openFlow(near, server, 'udp-fresh v4', { intervalMs: 5 }),
    openFlow(far, server, 'udp-fresh v4', { intervalMs: 5 }),
    openFlow(far, server, 'udp-fresh v6', { intervalMs: 5 }),
  ]);
  await unharmed(flows, async () => {
    for (let restart = 0; restart < RESTARTS; restart++) {
      await lab.fault({ action: 'kill', part: 'agent', host: 'h1' });
      await lab.fault({ action: 'start', part: 'agent', host: 'h1' });
      await sleep(UP_AGAIN_MS);
    }
    await lab.fault({ action: 'kill', part: 'controller' });
    await lab.fault({ action: 'start', part: 'controller' });
    await sleep(UP_AGAIN_MS);
    await cloud.settled();
  });
}
