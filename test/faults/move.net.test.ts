import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLab } from '../support/open-lab.ts';
import { addressOf, ping } from '../support/ping.ts';

test('a workload moves between hosts under traffic and stays reachable', { timeout: 120_000 }, async (t) => {
  const lab = await openLab(t, 'examples/two-tier.yaml');
  const moves = [
    ['web-1', 'h3'],
    ['web-1', 'h2'],
    ['web-1', 'h1'],
  ] as const;
  for (const [workload, host] of moves) {
    const report = await lab.move(workload, host);
    assert.equal(report.to, host);
    assert.ok(report.gapMs !== null && report.gapMs < 2000, `gap of ${report.gapMs} ms`);
    t.diagnostic(`${workload}: ${report.from} -> ${report.to}, gap ${report.gapMs.toFixed(0)} ms`);
    const { received } = await ping(lab, 'web-2', { to: await addressOf(lab, workload), count: 10, intervalMs: 20 });
    assert.equal(received, 10);
  }
});
