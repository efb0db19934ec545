import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { AgentMessage, DriftEvent, RowStatus, ViewMessage } from '@netloom/api/link/messages';
import type { Item } from '@netloom/core/delta/items';
import { pino } from 'pino';
import { openReplica } from '../../src/link/replica.ts';
import { makeReconciler, type Reconciler } from '../../src/reconcile/reconciler.ts';
import { portRow, portsDelta, remoteRow, viewOf } from '../support/rows.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { type ScriptedDriver, scriptedDriver } from '../support/scripted-driver.ts';
import { until } from '../support/until.ts';

interface Bench {
  readonly reconciler: Reconciler;
  readonly driver: ScriptedDriver;
  readonly sent: AgentMessage[];
  readonly folder: string;
  /** The newest revision reported as applied. */
  applied(): number;
  /** As the controller would know them from the reports. */
  statuses(): Record<string, string>;
  drifts(): DriftEvent[];
  stop(): Promise<void>;
}

async function start(
  t: TestContext,
  options: { driver?: ScriptedDriver; folder?: string; audit?: number; link?: boolean } = {},
): Promise<Bench> {
  const driver = options.driver ?? scriptedDriver();
  const folder = options.folder ?? (await scratchFolder(t));
  const replica = await openReplica(join(folder, 'replica.jsonl'), 'h1');
  const reconciler = makeReconciler({
    driver,
    replica,
    auditInterval: options.audit ?? 60_000,
    backoff: { first: 10, longest: 40 },
    log: pino({ level: 'silent' }),
  });
  const sent: AgentMessage[] = [];
  if (options.link !== false) reconciler.linkUp((message) => sent.push(message));
  const ending = new AbortController();
  const running = reconciler.run(ending.signal);
  const stop = async () => {
    ending.abort();
    await running;
  };
  t.after(stop);
  const reports = () => sent.filter((message) => message.type === 'applied');
  return {
    reconciler,
    driver,
    sent,
    folder,
    stop,
    applied: () => reports().at(-1)?.revision ?? -1,
    statuses: () => {
      const rows: RowStatus[] = reports().flatMap((report) => [...report.statuses]);
      return Object.fromEntries(rows.map((row) => [`${row.table}/${row.id}`, `${row.state} ${row.message}`.trim()]));
    },
    drifts: () => sent.flatMap((message) => (message.type === 'drift' ? [...message.events] : [])),
  };
}

const twoPorts = (revision: number): ViewMessage =>
  viewOf(revision, { ports: { upserts: [portRow('a'), portRow('b')], deletes: [] } });

test('a view becomes items on the target, and the revision is reported', async (t) => {
  const bench = await start(t);
  bench.reconciler.take(twoPorts(7));
  await until('applied', () => bench.applied() === 7);
  assert.deepEqual([...bench.driver.target.keys()], ['ports a', 'ports b']);
  assert.deepEqual(bench.statuses(), { 'ports/a': 'done', 'ports/b': 'done' });
  bench.reconciler.take(portsDelta(8, [], ['a']));
  await until('applied', () => bench.applied() === 8);
  assert.deepEqual([...bench.driver.target.keys()], ['ports b']);
  assert.equal(bench.driver.observed, 1);
});

test('nothing is swept before the first whole view', async (t) => {
  const stray: Item = { kind: 'ports', key: 'old', spec: null, owners: [] };
  const driver = scriptedDriver(new Map([['ports old', stray]]));
  const bench = await start(t, { driver, audit: 5 });
  driver.twitch();
  await delay(40);
  assert.deepEqual([driver.observed, driver.tried], [0, []]);
  bench.reconciler.take(twoPorts(1));
  await until('applied', () => bench.applied() === 1);
  assert.equal(driver.tried[0], 'remove ports old');
});

test('a failed step stops no other, is told with its code, and is tried again', async (t) => {
  const bench = await start(t);
  bench.driver.script = (step) =>
    step.item.key === 'a' ? { result: 'failed', code: 'BRIDGE_BROKEN', message: 'no such device' } : undefined;
  bench.reconciler.take(twoPorts(1));
  await until('applied', () => bench.applied() === 1);
  assert.deepEqual(bench.statuses(), { 'ports/a': 'error BRIDGE_BROKEN: no such device', 'ports/b': 'done' });
  await until('three tries', () => bench.driver.tried.filter((step) => step === 'create ports a').length >= 3);
  assert.equal(bench.driver.tried.filter((step) => step === 'create ports b').length, 1);
  assert.equal(bench.sent.length, 1, 'an unchanged state is told once');
  bench.driver.script = () => undefined;
  await until('healed', () => bench.statuses()['ports/a'] === 'done');
});

test('waiting for a workload is pending, no error, and ends as soon as something moves', async (t) => {
  const bench = await start(t);
  let plugged = false;
  bench.driver.script = () => (plugged ? undefined : { result: 'waiting', message: 'no device tapa' });
  bench.reconciler.take(viewOf(1, { ports: { upserts: [portRow('a')], deletes: [] } }));
  await until('applied', () => bench.applied() === 1);
  assert.deepEqual(bench.statuses(), { 'ports/a': 'pending no device tapa' });
  plugged = true;
  bench.driver.twitch();
  await until('plugged', () => bench.statuses()['ports/a'] === 'done');
  bench.driver.target.delete('ports a');
  plugged = false;
  bench.driver.twitch();
  await until('unplugged', () => bench.statuses()['ports/a'] === 'pending no device tapa');
  assert.deepEqual(bench.drifts(), [], 'a workload that goes is no drift');
});

test('a port whose row changed is reported again, also when it is done as before', async (t) => {
  const bench = await start(t);
  bench.reconciler.take(twoPorts(1));
  await until('applied', () => bench.applied() === 1);
  bench.reconciler.take(portsDelta(2, [portRow('a', { adminUp: false })]));
  await until('applied', () => bench.applied() === 2);
  const last = bench.sent.at(-1);
  assert.deepEqual(last?.type === 'applied' && last.statuses.map((row) => row.id), ['a']);
});

test('rows other than ports are told only while they are not done', async (t) => {
  const bench = await start(t);
  bench.driver.script = (step) =>
    step.item.key === 'r1' ? { result: 'failed', code: 'BRIDGE_FDB', message: 'full' } : undefined;
  bench.reconciler.take(viewOf(1, { remotes: { upserts: [remoteRow('r1'), remoteRow('r2')], deletes: [] } }));
  await until('applied', () => bench.applied() === 1);
  assert.deepEqual(bench.statuses(), { 'remotes/r1': 'error BRIDGE_FDB: full' });
  bench.reconciler.take({ type: 'delta', revision: 2, delta: { remotes: { upserts: [], deletes: ['r1'] } } });
  await until('applied', () => bench.applied() === 2);
  assert.deepEqual(bench.statuses(), { 'remotes/r1': 'done' });
});

test('an audit finds what others did, repairs it and says so', async (t) => {
  const bench = await start(t, { audit: 20 });
  bench.reconciler.take(twoPorts(1));
  await until('applied', () => bench.applied() === 1);
  const { target } = bench.driver;
  const b = target.get('ports b');
  assert.ok(b);
  target.delete('ports a');
  target.set('ports b', { ...b, spec: 'spoilt' });
  target.set('ports x', { kind: 'ports', key: 'x', spec: 1, owners: [] });
  await until('three events', () => bench.drifts().length === 3);
  const found = bench.drifts().map((event) => `${event.object} ${event.found} ${event.repaired}`);
  assert.deepEqual(found.sort(), ['ports a missing true', 'ports b changed true', 'ports x foreign true']);
  assert.deepEqual([...target.keys()].sort(), ['ports a', 'ports b']);
  assert.deepEqual(target.get('ports b')?.spec, b.spec);
  await delay(60);
  assert.equal(bench.drifts().length, 3, 'each is told once');
});

test('drift found without a controller is told to the next one', async (t) => {
  const bench = await start(t, { audit: 20 });
  bench.reconciler.take(twoPorts(1));
  await until('applied', () => bench.applied() === 1);
  bench.reconciler.linkDown();
  bench.driver.target.delete('ports a');
  await until('repaired', () => bench.driver.target.has('ports a'));
  const later: AgentMessage[] = [];
  bench.reconciler.linkUp((message) => later.push(message));
  bench.reconciler.take({ type: 'current', revision: 1 });
  await until('told', () => later.length >= 2);
  assert.deepEqual(
    later.map((message) => message.type),
    ['applied', 'drift'],
  );
  const [full] = later;
  assert.equal(full?.type === 'applied' && full.statuses.length, 2, 'a new link gets every port');
});

test('a driver that fails as a whole is tried again, and its ports are in error until then', async (t) => {
  const bench = await start(t);
  bench.driver.blind = Object.assign(new Error('no route to the switch'), { code: 'OVS_UNREACHABLE' });
  bench.reconciler.take(twoPorts(4));
  await until('told', () => bench.statuses()['ports/a'] === 'error OVS_UNREACHABLE: no route to the switch');
  assert.notEqual(bench.applied(), 4);
  bench.driver.blind = undefined;
  await until('applied', () => bench.applied() === 4);
  assert.deepEqual(bench.statuses(), { 'ports/a': 'done', 'ports/b': 'done' });
});

test('an apply that throws makes the agent look anew', async (t) => {
  const bench = await start(t);
  let throws = 1;
  bench.driver.script = () => {
    if (throws-- > 0) throw new Error('boom');
    return undefined;
  };
  bench.reconciler.take(twoPorts(1));
  await until('applied', () => bench.applied() === 1);
  assert.equal(bench.driver.observed, 2);
  assert.equal(bench.driver.target.size, 2);
});

test('what comes during an apply is taken next; two never run at once', async (t) => {
  const bench = await start(t);
  let running = 0;
  const gate = Promise.withResolvers<void>();
  bench.driver.pace = async () => {
    assert.equal(++running, 1);
    await gate.promise;
    running--;
  };
  bench.reconciler.take(twoPorts(1));
  await delay(20);
  bench.reconciler.take(portsDelta(2, [portRow('c')]));
  bench.reconciler.take(portsDelta(3, [], ['a']));
  await delay(20);
  gate.resolve();
  await until('applied', () => bench.applied() === 3);
  const revisions = bench.sent.map((message) => message.type === 'applied' && message.revision);
  assert.deepEqual(revisions, [1, 3]);
  assert.deepEqual([...bench.driver.target.keys()].sort(), ['ports b', 'ports c']);
});

test('killed at any step and started again without a controller, it ends at the same target', async (t) => {
  const upserts = ['a', 'b', 'c', 'd'].map((id) => portRow(id));
  const old: Item = { kind: 'ports', key: 'old', spec: null, owners: [] };
  for (let step = 0; step < 5; step++) {
    const target = new Map([['ports old', old]]);
    const dying = scriptedDriver(target);
    const bench = await start(t, { driver: dying });
    const reached = Promise.withResolvers<void>();
    dying.pace = async () => {
      if (dying.tried.length < step) return;
      reached.resolve();
      await delay(10);
    };
    bench.reconciler.take(viewOf(1, { ports: { upserts, deletes: [] } }));
    await reached.promise;
    await bench.stop();
    assert.equal(dying.tried.length, step, 'it stopped there');
    await start(t, { driver: scriptedDriver(target), folder: bench.folder, link: false });
    await until('converged', () => target.size === 4 && !target.has('ports old'));
  }
});
