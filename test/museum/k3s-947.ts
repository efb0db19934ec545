/*
 * k3s 947 (https://github.com/k3s-io/k3s/issues/947): a new pod reached what its network policy denies for up to a minute,
 * since rules followed the start of the pod and not the other way round.
 * Here a workload that sends from the moment it is plugged gets nothing through, in or out, before its port's rules are in
 * place: whether the device comes first or the port does, on a host where the network is known and on one where it is not.
 */
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../support/cloud.ts';
import { assertClosed, flood } from '../support/flood.ts';
import { openFlow } from '../support/open-flows.ts';
import { assertFlowing } from '../support/verdicts.ts';

const ROUNDS = 4;

export async function k3s947(_t: TestContext, cloud: Cloud): Promise<void> {
  const open = await cloud.group({ protocol: 'udp' });
  const shut = await cloud.silentGroup();
  const [near, far] = await Promise.all([
    cloud.guest({ host: 'h1', groups: [open] }),
    cloud.guest({ host: 'h2', groups: [open] }),
  ]);
  await cloud.settled();
  for (let round = 0; round < ROUNDS; round++) {
    const deviceFirst = round % 2 === 0;
    const port = await cloud.makePort({ host: deviceFirst ? '' : 'h1', groups: [shut] });
    const guest = await cloud.plug(port, 'h1');
    const flooding = flood(guest, [near, far]);
    if (deviceFirst) {
      await sleep(100);
      await cloud.updatePort(guest, { 'binding:host_id': 'h1' });
    }
    await cloud.settled();
    await sleep(200);
    await assertClosed(flooding);
    if (round < ROUNDS - 1) {
      await cloud.unplug(guest);
      continue;
    }
    await cloud.updatePort(guest, { security_groups: [open] });
    await cloud.settled();
    await assertFlowing([await openFlow(guest, near, 'udp v4'), await openFlow(far, guest, 'udp v4')], 300);
  }
}
