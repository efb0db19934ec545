/*
 * calico 9706 (https://github.com/projectcalico/calico/issues/9706): workloads that were there before the agent had started
 * ran without the rules that should hold for them. Here a host that comes up is closed until its rules are in place: the
 * agent may start long after the workloads, and after a reboot there is neither controller nor data plane to begin with.
 */
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../support/cloud.ts';
import { assertClosed, flood } from '../support/flood.ts';
import { openFlow } from '../support/open-flows.ts';
import { assertFlowing } from '../support/verdicts.ts';

export async function calico9706(_t: TestContext, cloud: Cloud): Promise<void> {
  const { lab } = cloud;
  const open = await cloud.group({ protocol: 'udp' });
  const shut = await cloud.silentGroup();
  const far = await cloud.guest({ host: 'h2', groups: [open] });
  const ports = await Promise.all([open, shut].map((group) => cloud.makePort({ host: 'h1', groups: [group] })));

  await lab.fault({ action: 'kill', part: 'agent', host: 'h1' });
  const late = await plugBoth(cloud, ports);
  const beforeAgent = flood(late.shut, [far, late.open]);
  await sleep(300);
  await lab.fault({ action: 'start', part: 'agent', host: 'h1' });
  await cloud.settled();
  await assertFlowing([await openFlow(far, late.open, 'udp v4')], 300);
  await assertClosed(beforeAgent);

  await lab.fault({ action: 'kill', part: 'agent', host: 'h1' });
  await lab.fault({ action: 'kill', part: 'controller' });
  await Promise.all([cloud.unplug(late.open), cloud.unplug(late.shut)]);
  await cloud.sh('h1', 'ip netns del netloom-h1');
  const rebooted = await plugBoth(cloud, ports);
  const afterReboot = flood(rebooted.shut, [far, rebooted.open]);
  await lab.fault({ action: 'start', part: 'agent', host: 'h1' });
  const back = await openFlow(far, rebooted.open, 'udp v4');
  await comesBack(() => assertFlowing([back], 300));
  await sleep(300);
  await assertClosed(afterReboot);
  await lab.fault({ action: 'start', part: 'controller' });
}

async function plugBoth(cloud: Cloud, ports: readonly Parameters<Cloud['plug']>[0][]) {
  const [open, shut] = await Promise.all(ports.map((port) => cloud.plug(port, 'h1')));
  if (!open || !shut) throw new Error('there are two ports');
  return { open, shut };
}

/** The agent needs a moment, and no controller tells when it is ready. */
async function comesBack(check: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + 15_000; ; await sleep(100)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
