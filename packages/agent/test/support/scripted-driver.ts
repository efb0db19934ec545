import { setImmediate as turn } from 'node:timers/promises';
import { diffItems, type Step } from '@netloom/core/delta/diff';
import { type Item, type Items, itemId, itemsOf, type Json } from '@netloom/core/delta/items';
import { TABLE_NAMES } from '@netloom/core/tables/host-tables';
import type { Driver, StepOutcome } from '@netloom/drivers/driver';

/** A driver whose target is a map, with a place to script what goes wrong. */
export interface ScriptedDriver extends Driver {
  /** What is on the target. */
  readonly target: Map<string, Item>;
  /** Every step that was tried, in order: "create ports p1". */
  readonly tried: string[];
  observed: number;
  /** Gives the outcome of a step that shall not simply be done; may throw for a driver that fails as a whole. */
  script: (step: Step) => StepOutcome | undefined;
  /** Before each step is taken; a promise holds the driver up. */
  pace: (step: Step) => Promise<void>;
  /** Thrown by the next observations while set. */
  blind: Error | undefined;
  /** Tells watchers that something moved. */
  twitch(): void;
}

const ORDER = [...TABLE_NAMES];

/** `target` carries over from a driver before, as a kernel does when an agent restarts. One item a row; its spec is the row. */
export function scriptedDriver(target = new Map<string, Item>()): ScriptedDriver {
  const watchers = new Set<() => void>();
  const driver: ScriptedDriver = {
    kind: 'scripted',
    facts: { vtep: '192.0.2.1', underlayMtu: 1500, abilities: {} },
    target,
    tried: [],
    observed: 0,
    script: () => undefined,
    pace: () => turn(),
    blind: undefined,
    twitch() {
      for (const watcher of watchers) watcher();
    },
    async observe(signal) {
      await turn(undefined, { signal });
      driver.observed++;
      if (driver.blind) throw driver.blind;
      return new Map(target);
    },
    render: (tables): Items =>
      itemsOf(
        TABLE_NAMES.flatMap((table) =>
          [...tables[table].values()].map((row) => ({
            kind: table,
            key: row.id,
            spec: { ...row } as unknown as Json,
            owners: [`${table}/${row.id}`],
          })),
        ),
      ),
    diff: (desired, actual) => diffItems(desired, actual, ORDER),
    async apply(steps, signal) {
      const outcomes: StepOutcome[] = [];
      for (const step of steps) {
        await driver.pace(step);
        signal.throwIfAborted();
        driver.tried.push(`${step.action} ${itemId(step.item)}`);
        const outcome = driver.script(step) ?? { result: 'done' };
        outcomes.push(outcome);
        if (outcome.result !== 'done') continue;
        if (step.action === 'remove') target.delete(itemId(step.item));
        else target.set(itemId(step.item), step.item);
      }
      return outcomes;
    },
    watch(onChange) {
      watchers.add(onChange);
      return { [Symbol.dispose]: () => void watchers.delete(onChange) };
    },
  };
  return driver;
}
