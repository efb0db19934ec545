import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cloud, type Guest, openCloud } from '../support/cloud.ts';
import { ANYTHING } from '../support/open-flows.ts';
import { honest, type Injection, type Parties, type Party, spoofs } from './spoof-frames.ts';

/** Of each kind of frame. */
const FRAMES = Number(process.env['NETLOOM_SPOOFED_FRAMES'] ?? 20);
const PAIR = { ip_address: '10.20.210.0/24' };
const PAIR_OF_MAC = { ip_address: '10.20.211.1', mac_address: 'fa:16:3e:21:10:01' };

test(`${FRAMES} of each: what a workload may not send comes through 0 times, what it may send every time`, {
  timeout: 120_000,
}, async (t) => {
  const cloud = await openCloud(t);
  const open = await cloud.group(...ANYTHING);
  const [near, far, victim] = await Promise.all(
    // Their own filters must not stop what the sender's let through.
    ['h1', 'h2', 'h1'].map((host) =>
      cloud.guest({ host, port: { port_security_enabled: false, security_groups: [] } }),
    ),
  );
  const pairs = { allowed_address_pairs: [PAIR, PAIR_OF_MAC] };
  const sender = await cloud.guest({ host: 'h1', groups: [open], port: pairs });
  assert.ok(near && far && victim);
  await cloud.settled();
  for (const to of [near, far]) await to.watch('eth0');

  for (const [where, to] of [
    ['on the same host', near],
    ['on another host', far],
  ] as const) {
    const parties = partiesOf(sender, to, victim);
    await t.test(`not allowed, to a workload ${where}`, async (t) => {
      const seen = await inject(sender, to, spoofs(parties));
      t.diagnostic(`${seen.size} kinds, ${FRAMES} of each`);
      assert.deepEqual(
        [...seen].filter(([, count]) => count > 0),
        [],
        'came through',
      );
    });
    await t.test(`allowed, to a workload ${where}`, async (t) => {
      const seen = await inject(sender, to, honest(parties));
      t.diagnostic(`${seen.size} kinds, ${FRAMES} of each`);
      assert.deepEqual(
        [...seen].filter(([, count]) => count !== FRAMES),
        [],
        'not all came through',
      );
    });
  }

  await t.test('its DHCP client gets an answer, and its IPv6 addresses pass duplicate address detection', async () => {
    await sender.sh(`udhcpc -i eth0 -f -n -q -t 5 -T 1 -s /bin/true -x hostname:sender`);
    await sender.sh(`ip address del ${sender.v6}/64 dev eth0; ip address add ${sender.v6}/64 dev eth0`);
    await sleep(2500);
    const addresses = await sender.sh('ip -6 address show dev eth0');
    assert.ok(addresses.includes(sender.v6) && !/tentative|dadfailed/.test(addresses), addresses);
    await sender.sh(`ping -6 -c 2 -i 0.2 -W 1 ${far.v6}`);
  });

  await t.test('without port security each of them comes through: the injector works', async () => {
    await unguard(cloud, sender);
    for (const to of [near, far]) {
      const seen = await inject(sender, to, spoofs(partiesOf(sender, to, victim)));
      assert.deepEqual(
        [...seen].filter(([, count]) => count !== FRAMES),
        [],
        `not all came through to ${to.host}`,
      );
    }
  });

  await t.test('with port security back on, none does', async () => {
    await cloud.updatePort(sender, { port_security_enabled: true, security_groups: [open], ...pairs });
    await cloud.settled();
    const seen = await inject(sender, near, spoofs(partiesOf(sender, near, victim)));
    assert.deepEqual(
      [...seen].filter(([, count]) => count > 0),
      [],
      'came through',
    );
  });
});

function partiesOf(sender: Guest, to: Guest, victim: Guest): Parties {
  return {
    self: partyOf(sender),
    to: partyOf(to),
    victim: partyOf(victim),
    pair: '10.20.210.9',
    pairOfMac: { mac: PAIR_OF_MAC.mac_address, ip: PAIR_OF_MAC.ip_address },
  };
}

function partyOf({ port, v4, v6 }: Guest): Party {
  return { mac: port.mac_address, v4, v6 };
}

async function unguard(cloud: Cloud, guest: Guest): Promise<void> {
  const attributes = { security_groups: [], allowed_address_pairs: [], port_security_enabled: false };
  await cloud.updatePort(guest, attributes);
  await cloud.settled();
}

/** Sends FRAMES of each; gives how many of each arrived. Group frames are not looked for on other hosts. */
async function inject(sender: Guest, to: Guest, injections: readonly Injection[]): Promise<Map<string, number>> {
  const tried = injections.filter((each) => !each.group || to.host === sender.host);
  const frames = tried.map(({ frame }, mark) => frame(mark));
  await to.expect(frames);
  const before = await to.marks();
  const taken = await sender.raw({ device: 'eth0', frames, count: FRAMES, intervalMs: 2 });
  assert.equal(taken, frames.length * FRAMES, 'the device did not take all frames');
  await sleep(300);
  const after = await to.marks();
  return new Map(tried.map(({ name }, mark) => [name, (after.get(mark) ?? 0) - (before.get(mark) ?? 0)]));
}
