import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLab, type TestLab } from '../support/open-lab.ts';
import { addressOf, ping } from '../support/ping.ts';

/** Longest time for one audit to come round and repair, in seconds. */
const AUDIT_SECONDS = 65;

test('someone edits the data plane by hand: it is back within one audit, and an event says so', {
  timeout: 200_000,
}, async (t) => {
  const lab = await openLab(t, 'examples/two-tier.yaml');
  const network = (await lab.client.networks.list({ name: 'web' }))[0];
  const vni = network?.['provider:segmentation_id'];
  const remote = (await lab.client.ports.list({ name: 'web-2' }))[0];
  assert.ok(vni !== undefined && remote !== undefined);
  const to = await addressOf(lab, 'web-2');
  const inDataPlane = (...command: string[]) => lab.run('h1', 'ip', 'netns', 'exec', 'netloom-h1', ...command);

  const EDITS: Record<string, string[]> = {
    'bridge fdb del': ['bridge', 'fdb', 'del', remote.mac_address, 'dev', `vx${vni}`, 'self'],
    'ip link del of the VXLAN device': ['ip', 'link', 'del', `vx${vni}`],
    'ip link set nomaster': ['ip', 'link', 'set', `vx${vni}`, 'nomaster'],
    'ip link del of the bridge': ['ip', 'link', 'del', `br${vni}`],
  };
  for (const [what, command] of Object.entries(EDITS)) {
    await t.test(what, async (t) => {
      const known = new Set((await lab.client.events({ host: 'h1' })).map((event) => JSON.stringify(event)));
      const { code, output } = await inDataPlane(...command);
      assert.equal(code, 0, output);
      const start = Date.now();
      await passesAgain(lab, to);
      t.diagnostic(`repaired after ${((Date.now() - start) / 1000).toFixed(1)} s`);
      const fresh = (await lab.client.events({ host: 'h1' })).filter((event) => !known.has(JSON.stringify(event)));
      assert.ok(
        fresh.some(({ repaired }) => repaired),
        'no event tells of the repair',
      );
    });
  }
});

async function passesAgain(lab: TestLab, to: string): Promise<void> {
  const deadline = Date.now() + AUDIT_SECONDS * 1000;
  while (Date.now() < deadline) {
    const { received } = await ping(lab, 'web-1', { to, count: 3, intervalMs: 10 });
    if (received === 3) return;
    await sleep(200);
  }
  assert.fail(`not repaired within ${AUDIT_SECONDS} s`);
}
