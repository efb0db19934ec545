import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLab, type TestLab } from '../support/open-lab.ts';
import { addressOf, ping } from '../support/ping.ts';

const SCENARIO = 'examples/two-tier.yaml';
const AWAY_SECONDS = 60;

test('parts die under traffic, packets flow on', { timeout: 240_000 }, async (t) => {
  const lab = await openLab(t, SCENARIO);

  await t.test('100 pings between hosts: 0 lost, and no broadcast frame on the underlay', async () => {
    const to = await addressOf(lab, 'web-2');
    const before = (await lab.status()).underlay;
    const result = await ping(lab, 'web-1', { to, count: 100, intervalMs: 20 });
    const after = (await lab.status()).underlay;
    assert.deepEqual(result, { sent: 100, received: 100 });
    assert.ok(after.vxlan - before.vxlan >= 200, 'the pings did not cross the underlay');
    assert.equal(after.innerGroup - before.innerGroup, 0, 'an overlay broadcast crossed the underlay');
    assert.equal(after.group - before.group, 0, 'a broadcast frame on the underlay');
  });

  await t.test('agents killed by kill -9 under 200 packets a second and started again: 0 lost', async () => {
    const traffic = ping(lab, 'web-1', { to: await addressOf(lab, 'web-2'), count: 2000, intervalMs: 5 });
    for (const host of ['h1', 'h2']) {
      await sleep(1500);
      await lab.fault({ action: 'kill', part: 'agent', host });
      await sleep(1000);
      await lab.fault({ action: 'start', part: 'agent', host });
    }
    assert.deepEqual(await traffic, { sent: 2000, received: 2000 });
  });

  await t.test(
    `controller and PostgreSQL away for ${AWAY_SECONDS} s: 0 lost, a lease is renewed meanwhile`,
    async () => {
      const count = (AWAY_SECONDS + 8) * 200;
      const traffic = ping(lab, 'web-2', { to: await addressOf(lab, 'web-3'), count, intervalMs: 5 });
      await lab.fault({ action: 'kill', part: 'controller' });
      await lab.fault({ action: 'kill', part: 'database' });
      await sleep(AWAY_SECONDS * 500);
      await renewLease(lab, 'web-1');
      await sleep(AWAY_SECONDS * 500);
      await lab.fault({ action: 'start', part: 'controller' });
      assert.deepEqual(await traffic, { sent: count, received: count });
    },
  );

  await t.test('after that the cloud takes changes and realizes them', async () => {
    const network = await lab.client.networks.create({ name: 'after' });
    await lab.client.subnets.create({ network_id: network.id, ip_version: 4, cidr: '10.99.0.0/24' });
    await lab.client.ports.create({ network_id: network.id, 'binding:host_id': 'h1' });
    const { state } = await lab.client.realization({ waitSeconds: 15 });
    assert.equal(state, 'done');
  });
});

/** Asks the workload's own DHCP server for the lease it has, as a client does at half its time. */
async function renewLease(lab: TestLab, workload: string): Promise<void> {
  const address = await addressOf(lab, workload);
  const { code, output } = await lab.run(
    workload,
    'udhcpc',
    '-i',
    'eth0',
    '-f',
    '-n',
    '-q',
    '-r',
    address,
    '-s',
    '/bin/true',
  );
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`lease of ${address.replaceAll('.', '\\.')} obtained`));
}
