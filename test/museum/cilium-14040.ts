/*
 * cilium 14040 (https://github.com/cilium/cilium/issues/14040): a policy could not say that traffic from an address range is
 * blocked whatever the state of its connections, for TCP segments of what counted as established passed without a rule.
 * Here a range that goes is gone for open connections and for lone segments in the middle of none, and ranges that stay notice nothing.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../support/cloud.ts';
import { ethernet, ipv4, marked, TCP, tcpSegment } from '../support/frames.ts';
import { openFlow, openFlows, TCP_PORT } from '../support/open-flows.ts';
import { assertFlowing, assertStopped, unharmed } from '../support/verdicts.ts';

const FRAMES = 20;

export async function cilium14040(_t: TestContext, cloud: Cloud): Promise<void> {
  const closed = await cloud.group();
  const [blocked, kept] = await Promise.all([
    cloud.guest({ host: 'h2', groups: [closed] }),
    cloud.guest({ host: 'h2', groups: [closed] }),
  ]);
  const ranges = [`${blocked.v4}/32`, `${kept.v4}/32`];
  const made = await cloud.send('POST', '/v2.0/address-groups', {
    address_group: { name: 'ranges', addresses: ranges },
  });
  const { id } = made['address_group'] as { id: string };
  const server = await cloud.guest({ host: 'h1', groups: [await cloud.group({ remote_address_group_id: id })] });
  await cloud.settled();
  const doomed = await openFlows(blocked, server, ['tcp-pull v4', 'tcp-push v4', 'udp v4', 'icmp v4']);
  const allowed = [await openFlow(kept, server, 'udp v4'), await openFlow(kept, server, 'tcp-pull v4')];
  await assertFlowing([...doomed, ...allowed], 300);
  await unharmed(allowed, async () => {
    await cloud.send('PUT', `/v2.0/address-groups/${id}/remove_addresses`, { addresses: [`${blocked.v4}/32`] });
    await assertStopped(doomed, 400, await cloud.settled());
  });

  await server.watch('eth0');
  const segment = (from: typeof blocked, mark: number) =>
    ethernet(server.port.mac_address, from.port.mac_address, 0x0800, [
      ipv4(from.v4, server.v4, TCP, tcpSegment(from.v4, server.v4, [45_000, TCP_PORT], marked(mark))),
    ]);
  await blocked.raw({ device: 'eth0', frames: [segment(blocked, 1)], count: FRAMES, intervalMs: 2 });
  await sleep(200);
  assert.equal((await server.marks()).get(1) ?? 0, 0, 'segments from a blocked range came through');
}
