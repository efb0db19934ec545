import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Step } from '@netloom/core/delta/diff';
import type { Item } from '@netloom/core/delta/items';
import { itemId } from '@netloom/core/delta/items';
import type { HostTables } from '@netloom/core/tables/host-tables';
import {
  EMPTY_TABLES,
  portRow,
  randomTables,
  remoteRow,
  SAMPLE_DEVICES,
  sampleTables,
  seeded,
  segmentRow,
  tablesOf,
} from './conformance-tables.ts';
import type { Driver, StepOutcome } from './driver.ts';

/** A target of its own for one test, and what an operator or a vandal would do to it. */
export interface ConformanceTarget {
  /** A driver on this target; every further call is a restart without memory. */
  open(signal: AbortSignal): Promise<Driver>;
  /** Plugs a workload by a device of this name. */
  plug(device: string): Promise<void>;
  /** Takes the device away, wherever it is now. */
  unplug(device: string): Promise<void>;
  /** Removes something behind the driver's back. */
  remove(item: Item): Promise<void>;
  /** Changes something behind the driver's back; false for kinds of which nothing can be changed. */
  alter(item: Item): Promise<boolean>;
  /** Puts something beside ours that is not ours; the check says whether it is still as it was. */
  plantForeign(): Promise<() => Promise<boolean>>;
  /** Makes it impossible to put the segment with this VNI and id. */
  obstruct(segment: { readonly id: string; readonly vni: number }): Promise<void>;
  close(): Promise<void>;
}

/** Tests that every driver must pass. `walk` is the number of random views, by default 30. */
export function driverConformance(
  name: string,
  fresh: () => Promise<ConformanceTarget>,
  { walk = 30 }: { readonly walk?: number } = {},
): void {
  const check = (title: string, body: (target: ConformanceTarget, t: TestContext) => Promise<void>): void => {
    test(title, { timeout: 120_000 }, async (t) => {
      const target = await fresh();
      t.after(() => target.close());
      await body(target, t);
    });
  };

  describe(`driver conformance: ${name}`, () => {
    check('an untouched target holds nothing of ours', async (target, t) => {
      const driver = await target.open(t.signal);
      assert.deepEqual([...(await driver.observe(t.signal)).keys()], []);
    });

    check('one pass reaches the view, and every step may be repeated', async (target, t) => {
      const driver = await openWithSample(target, t);
      const steps = await stepsTo(driver, sampleTables(), t.signal);
      assert.notEqual(steps.length, 0);
      assertAllDone(steps, await driver.apply(steps, t.signal));
      assert.deepEqual(await stepsTo(driver, sampleTables(), t.signal), []);
      assertAllDone(steps, await driver.apply(steps, t.signal));
      assert.deepEqual(await stepsTo(driver, sampleTables(), t.signal), []);
    });

    check('a driver without memory knows its own, and takes it all away', async (target, t) => {
      await converge(await openWithSample(target, t), sampleTables(), t.signal);
      const driver = await target.open(t.signal);
      assert.deepEqual(await stepsTo(driver, sampleTables(), t.signal), []);
      const removals = await stepsTo(driver, EMPTY_TABLES, t.signal);
      assertAllDone(removals, await driver.apply(removals, t.signal));
      assert.deepEqual([...(await driver.observe(t.signal)).keys()], []);
      assertAllDone(removals, await driver.apply(removals, t.signal));
    });

    check('what is not ours stays as it is', async (target, t) => {
      const driver = await openWithSample(target, t);
      await converge(driver, sampleTables(), t.signal);
      const intact = await target.plantForeign();
      assert.deepEqual(await stepsTo(driver, sampleTables(), t.signal), []);
      await converge(driver, tablesOf({ segments: [segmentRow('a', 5001)], ports: [portRow('a', 1)] }), t.signal);
      assert.ok(await intact());
    });

    check('what cannot be put stops nothing unrelated', async (target, t) => {
      const driver = await openWithSample(target, t);
      await converge(driver, tablesOf({ segments: [segmentRow('a', 5001)] }), t.signal);
      await target.obstruct({ id: 'b', vni: 5002 });
      const tables = sampleTables();
      const steps = await stepsTo(driver, tables, t.signal);
      const outcomes = await driver.apply(steps, t.signal);
      const failed = steps.filter((_, i) => outcomes[i]?.result === 'failed');
      assert.notEqual(failed.length, 0);
      for (const step of failed) {
        assert.ok(
          step.item.owners.some((owner) => segmentOf(tables, owner) === 'b'),
          itemId(step.item),
        );
      }
      for (const outcome of outcomes) if (outcome.result === 'failed') assert.match(outcome.code, /^[A-Z0-9_]+$/);
      const left = await stepsTo(driver, tables, t.signal);
      for (const step of left) assert.ok(step.item.owners.every((owner) => segmentOf(tables, owner) === 'b'));
    });

    check('what is removed from outside comes back', async (target, t) => {
      const driver = await openWithSample(target, t);
      await converge(driver, sampleTables(), t.signal);
      for (const item of onePerKind(await driver.observe(t.signal))) {
        await target.remove(item);
        assert.notDeepEqual(await stepsTo(driver, sampleTables(), t.signal), [], `missing ${itemId(item)} goes unseen`);
        for (const device of SAMPLE_DEVICES) await target.plug(device);
        await converge(driver, sampleTables(), t.signal);
      }
    });

    check('what is changed from outside is set right', async (target, t) => {
      const driver = await openWithSample(target, t);
      await converge(driver, sampleTables(), t.signal);
      let changed = 0;
      for (const item of onePerKind(await driver.observe(t.signal))) {
        if (!(await target.alter(item))) continue;
        changed += 1;
        const steps = await stepsTo(driver, sampleTables(), t.signal);
        assert.notDeepEqual(steps, [], `changed ${itemId(item)} goes unseen`);
        await converge(driver, sampleTables(), t.signal);
      }
      assert.notEqual(changed, 0);
    });

    check('things are put after what they stand on, and removed before it', async (target, t) => {
      const driver = await openWithSample(target, t);
      const puts = kindsOf(await stepsTo(driver, sampleTables(), t.signal));
      await converge(driver, sampleTables(), t.signal);
      const removals = kindsOf(await stepsTo(driver, EMPTY_TABLES, t.signal));
      assert.deepEqual(removals, puts.reverse());
      assert.equal(new Set(removals).size, removals.length);
    });

    check('an aborted signal ends every wait', async (target, t) => {
      const driver = await openWithSample(target, t);
      const steps = await stepsTo(driver, sampleTables(), t.signal);
      const aborted = AbortSignal.abort(new Error('enough'));
      await assert.rejects(driver.observe(aborted), /enough/);
      await assert.rejects(driver.apply(steps, aborted), /enough/);
      const soon = new AbortController();
      const applying = driver.apply(steps, soon.signal);
      soon.abort(new Error('enough'));
      await applying.catch((error: Error) => assert.match(error.message, /enough/));
      await converge(driver, sampleTables(), t.signal);
    });

    check('a workload is waited for, taken when plugged, and again after its restart', async (target, t) => {
      const driver = await target.open(t.signal);
      const tables = tablesOf({ segments: [segmentRow('a', 5001)], ports: [portRow('a', 1)] });
      const changes = watching(driver, t);
      const waiting = await converge(driver, tables, t.signal);
      assert.ok(waiting.some((step) => step.item.owners.includes('ports/p1')));
      for (let restart = 0; restart < 2; restart++) {
        await quiet(changes);
        await target.plug('tap1');
        await changes.next();
        assert.deepEqual(await converge(driver, tables, t.signal), []);
        await quiet(changes);
        await target.unplug('tap1');
        await changes.next();
        assert.notDeepEqual(await converge(driver, tables, t.signal), []);
      }
    });

    check('an edit from outside is noticed at once', async (target, t) => {
      const driver = await openWithSample(target, t);
      const changes = watching(driver, t);
      await converge(driver, sampleTables(), t.signal);
      await quiet(changes);
      const last = [...(await driver.observe(t.signal)).values()].findLast((item) => item.key.includes('fa:16'));
      const item = last ?? onePerKind(await driver.observe(t.signal)).at(-1);
      assert.ok(item);
      await target.remove(item);
      await changes.next();
      await converge(driver, sampleTables(), t.signal);
    });

    check('a workload moves here and away again', async (target, t) => {
      const driver = await target.open(t.signal);
      const segments = [segmentRow('a', 5001)];
      const there = tablesOf({ segments, ports: [portRow('a', 2)], remotes: [remoteRow('a', 1, '198.51.100.2')] });
      const here = tablesOf({ segments, ports: [portRow('a', 1), portRow('a', 2)] });
      await target.plug('tap1');
      await target.plug('tap2');
      for (const tables of [there, here, there, here, EMPTY_TABLES]) {
        assert.deepEqual(await converge(driver, tables, t.signal), []);
      }
    });

    for (const seed of [1, 2]) {
      check(`a random walk over views ends where each view says (seed ${seed})`, async (target, t) => {
        const random = seeded(seed);
        let driver = await target.open(t.signal);
        for (let n = 1; n <= 6; n++) if (n !== 5) await target.plug(`tap${n}`);
        for (let i = 0; i < walk; i++) {
          if (random() < 0.2) driver = await target.open(t.signal);
          const waiting = await converge(driver, randomTables(random), t.signal);
          for (const step of waiting) assert.deepEqual(step.item.owners, ['ports/p5']);
        }
        await converge(driver, EMPTY_TABLES, t.signal);
        assert.deepEqual([...(await driver.observe(t.signal)).keys()], []);
      });
    }
  });
}

async function openWithSample(target: ConformanceTarget, t: TestContext): Promise<Driver> {
  for (const device of SAMPLE_DEVICES) await target.plug(device);
  return target.open(t.signal);
}

async function stepsTo(driver: Driver, tables: HostTables, signal: AbortSignal): Promise<Step[]> {
  return driver.diff(driver.render(tables), await driver.observe(signal));
}

function assertAllDone(steps: readonly Step[], outcomes: readonly StepOutcome[]): void {
  assert.equal(outcomes.length, steps.length);
  const open = steps.flatMap((step, i) => (outcomes[i]?.result === 'done' ? [] : [[itemId(step.item), outcomes[i]]]));
  assert.deepEqual(open, []);
}

/** Brings the target to a view; gives the steps that wait for the outside. Two passes are for edits that took more than one thing away. */
async function converge(driver: Driver, tables: HostTables, signal: AbortSignal): Promise<Step[]> {
  let steps = await stepsTo(driver, tables, signal);
  for (let pass = 0; pass < 2; pass++) {
    const outcomes = await driver.apply(steps, signal);
    const left = await stepsTo(driver, tables, signal);
    const waiting = new Set(steps.filter((_, i) => outcomes[i]?.result === 'waiting').map((step) => itemId(step.item)));
    if (left.every((step) => waiting.has(itemId(step.item)))) return left;
    if (pass === 1) assert.deepEqual({ left, outcomes: outcomes.filter(({ result }) => result !== 'done') }, []);
    steps = left;
  }
  return steps;
}

function onePerKind(items: ReadonlyMap<string, Item>): Item[] {
  // The last of each kind: ports of the sample that are down or waiting come first.
  return [...new Map([...items.values()].map((item) => [item.kind, item])).values()];
}

function kindsOf(steps: readonly Step[]): string[] {
  return steps.map((step) => step.item.kind).filter((kind, i, kinds) => kind !== kinds[i - 1]);
}

function segmentOf(tables: HostTables, owner: string): string | undefined {
  const [table = '', ...rest] = owner.split('/');
  const id = rest.join('/');
  if (table === 'segments') return id;
  const rows = tables[table as keyof HostTables] as ReadonlyMap<string, { readonly segment?: string }>;
  return rows.get(id)?.segment;
}

interface Changes {
  /** Settles at the next change, or at one that was not yet waited for; rejects after 5 s. */
  next(): Promise<void>;
  forget(): void;
}

function watching(driver: Driver, t: TestContext): Changes {
  let seen = Promise.withResolvers<void>();
  const watch = driver.watch?.(() => seen.resolve());
  assert.ok(watch, 'the driver cannot watch');
  t.after(() => watch[Symbol.dispose]());
  return {
    async next() {
      await Promise.race([
        seen.promise,
        delay(5_000, undefined, { ref: false }).then(() => assert.fail('no change was noticed within 5 s')),
      ]);
      seen = Promise.withResolvers();
    },
    forget() {
      seen = Promise.withResolvers();
    },
  };
}

/** Lets the echo of our own steps pass. */
async function quiet(changes: Changes): Promise<void> {
  await delay(700);
  changes.forget();
}
