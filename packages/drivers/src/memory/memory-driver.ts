import { diffItems, type Step } from '@netloom/core/delta/diff';
import { type Item, type Items, itemId, itemsOf, type Json } from '@netloom/core/delta/items';
import { emptyTables } from '@netloom/core/tables/apply-delta';
import { type HostTables, TABLE_NAMES } from '@netloom/core/tables/host-tables';
import type { Driver, StepOutcome } from '../driver.ts';
import type { DriverOptions } from '../driver-options.ts';
import { driverError } from '../errors.ts';

const OURS = emptyTables();

/** What stands for a host: it outlives its driver, and tests reach into it. */
export interface MemoryTarget {
  readonly items: Map<string, Item>;
  /** Devices a workload is plugged by; undefined when every device counts as plugged. */
  plugged: Set<string> | undefined;
  /** Items that cannot be put or removed, by item id, and why. */
  readonly failures: Map<string, string>;
  /** Packets that a rule has decided, by the rule's id; a hundred bytes each. */
  readonly hits: Map<string, number>;
  /** Called after every edit from outside. */
  readonly listeners: Set<() => void>;
  /** Steps taken since the start. */
  stepsTaken: number;
  /** An edit from outside: changes `items`, then says so as a kernel would. */
  edit(change: (items: Map<string, Item>) => void): void;
  /** Plugs or unplugs a device. */
  plug(device: string): void;
  unplug(device: string): void;
}

export function memoryTarget(): MemoryTarget {
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    listeners,
    items: new Map(),
    plugged: undefined,
    failures: new Map(),
    hits: new Map(),
    stepsTaken: 0,
    edit(change) {
      change(this.items);
      tell();
    },
    plug(device) {
      this.plugged ??= new Set();
      this.plugged.add(device);
      tell();
    },
    unplug(device) {
      this.plugged ??= new Set();
      this.plugged.delete(device);
      // What is not plugged is not there to be kept.
      for (const [id, item] of this.items) if (deviceOf(item) === device) this.items.delete(id);
      tell();
    },
  };
}

/** A driver on a fresh target of its own, on which every device counts as plugged. */
export async function openMemoryDriver(options: DriverOptions, signal: AbortSignal): Promise<Driver> {
  signal.throwIfAborted();
  return memoryDriver(memoryTarget(), options.underlay.address);
}

/** Keeps each table row as one item; opening it again on the same target is a restart. */
export function memoryDriver(target: MemoryTarget, vtep = '192.0.2.1'): Driver {
  const take = (step: Step): StepOutcome => {
    target.stepsTaken += 1;
    const id = itemId(step.item);
    const reason = target.failures.get(id);
    if (reason !== undefined) {
      const { code, message } = driverError('MEMORY_FAILURE', { object: id, reason });
      return { result: 'failed', code, message };
    }
    const device = deviceOf(step.item);
    if (step.action === 'remove') target.items.delete(id);
    else if (device !== undefined && target.plugged?.has(device) === false)
      return { result: 'waiting', message: `${device} is not plugged` };
    else target.items.set(id, { ...step.item, owners: [] });
    return { result: 'done' };
  };
  return {
    kind: 'memory',
    facts: { vtep, underlayMtu: 1500, abilities: {} },
    async observe(signal) {
      signal.throwIfAborted();
      // Whatever else somebody put there is not ours.
      return itemsOf([...target.items.values()].filter(({ kind }) => kind in OURS));
    },
    render: renderRows,
    diff: (desired, actual) => diffItems(desired, actual, TABLE_NAMES),
    async apply(steps, signal) {
      signal.throwIfAborted();
      return steps.map(take);
    },
    async hits() {
      return ['filters' as const, 'firewalls' as const].flatMap((table) =>
        [...target.items.values()]
          .filter(({ kind }) => kind === table)
          .flatMap(({ key, spec }) => ruleIds(spec).map((rule) => ({ table, group: key, rule })))
          .map((counted) => ({ ...counted, packets: target.hits.get(counted.rule) ?? 0 }))
          .map((counted) => ({ ...counted, bytes: 100 * counted.packets })),
      );
    },
    watch(onChange) {
      const listener = (): void => onChange();
      target.listeners.add(listener);
      return { [Symbol.dispose]: () => void target.listeners.delete(listener) };
    },
  };
}

function renderRows(tables: HostTables): Items {
  return itemsOf(
    TABLE_NAMES.flatMap((kind) =>
      [...tables[kind].values()].map(
        (row): Item => ({ kind, key: row.id, spec: row as unknown as Json, owners: [`${kind}/${row.id}`] }),
      ),
    ),
  );
}

/** Of a row of `filters` or `firewalls`. */
function ruleIds(spec: Json): string[] {
  const {
    rules = [],
    ingress = [],
    egress = [],
  } = spec as Readonly<Record<string, readonly { readonly id: string }[]>>;
  return [...new Set([...rules, ...ingress, ...egress].map(({ id }) => id))];
}

function deviceOf(item: Item): string | undefined {
  return item.kind === 'ports' ? (item.spec as { readonly device: string }).device : undefined;
}
