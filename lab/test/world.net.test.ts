import assert from 'node:assert/strict';
import test from 'node:test';
import type { ReachResult, StreamResult } from '../src/peer/messages.ts';
import type { UnderlayCount } from '../src/report.ts';
import { inOwnNamespaces } from './fixtures/own-namespaces.ts';

interface Told {
  readonly passed: readonly ReachResult[];
  readonly dropped: readonly ReachResult[];
  readonly before: UnderlayCount;
  readonly moved: StreamResult;
  readonly after: UnderlayCount;
  readonly names: readonly string[];
  readonly elsewhere: string;
}

test('hosts, an underlay, workloads and probes, in namespaces of their own', async (t) => {
  const told = (await inOwnNamespaces('two-workloads.ts')) as Told;
  await t.test('a probe that passes names the workload that answered', () => {
    assert.deepEqual(
      told.passed.map(({ answered, name }) => [answered, name]),
      [
        [true, 'b'],
        [true, 'b'],
        [true, null],
      ],
    );
    assert.ok(told.passed.every(({ rttMs }) => rttMs !== null && rttMs > 0));
  });
  await t.test('nobody answers for an address that nobody has', () => {
    assert.ok(told.dropped.every(({ answered, reason }) => !answered && reason !== ''));
  });
  await t.test('the underlay counts tunnelled frames, and group frames inside of them', () => {
    assert.equal(told.before.group, 0);
    assert.ok(told.before.innerGroup > 0, 'ARP for 10.0.0.9 crossed the underlay inside VXLAN');
    assert.ok(told.after.vxlan > told.before.vxlan + 10);
  });
  await t.test('a workload changes hosts under traffic', () => {
    assert.ok(told.moved.sent > 50 && told.moved.lost < told.moved.sent / 2);
    assert.equal(told.names[0], 'b');
    assert.ok(
      told.names.some((name) => name.startsWith('nic1')) && !told.names.some((name) => name.startsWith('nic0')),
    );
  });
  await t.test('hosts share no names of network namespaces', () => assert.equal(told.elsewhere, ''));
});
