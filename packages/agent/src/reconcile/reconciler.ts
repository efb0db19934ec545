import type { AgentMessage, DriftEvent, ViewMessage } from '@netloom/api/link/messages';
import type { Step } from '@netloom/core/delta/diff';
import { type Item, type Items, itemId } from '@netloom/core/delta/items';
import type { TableName, TablesDelta } from '@netloom/core/tables/host-tables';
import type { Driver, StepOutcome } from '@netloom/drivers/driver';
import type { Logger } from 'pino';
import { codeAndWords } from '../agent-errors.ts';
import { type Backoff, backoffDelay } from '../backoff.ts';
import type { Replica } from '../link/replica.ts';
import { makeWaker } from '../waker.ts';
import { type AuditTimer, makeAuditTimer } from './audit-timer.ts';
import { type Drift, findDrift } from './find-drift.ts';
import { makeRowReport } from './row-report.ts';
import { makeTroubles } from './troubles.ts';

export interface ReconcilerOptions {
  readonly driver: Driver;
  readonly replica: Replica;
  /** Milliseconds between full audits. */
  readonly auditInterval: number;
  /** For steps that failed or wait, and for a driver that fails as a whole. */
  readonly backoff: Backoff;
  readonly log: Logger;
}

/** Keeps the target as the replica has it. One pass at a time: take updates, look if need be, diff, apply, report. */
export interface Reconciler {
  /** A message of the controller; taken up by the next pass. */
  take(update: ViewMessage): void;
  /** A controller is there: after its first update everything is reported to it anew. */
  linkUp(send: (message: AgentMessage) => void): void;
  /** Updates not yet taken are dropped: the next link starts from the replica. */
  linkDown(): void;
  /** Until the signal aborts, which leaves the target as it is. */
  run(signal: AbortSignal): Promise<void>;
}

const MAX_EVENTS = 1000;

interface ReportLink {
  readonly send: (message: AgentMessage) => void;
  /** An update of this link was applied, so that what we report is about what it knows. */
  synced: boolean;
}

export function makeReconciler(options: ReconcilerOptions): Reconciler {
  const { driver, replica, log } = options;
  const waker = makeWaker();
  const audit: AuditTimer = makeAuditTimer(options.auditInterval);
  const troubles = makeTroubles(options.backoff);
  const rows = makeRowReport();
  let queue: ViewMessage[] = [];
  let link: ReportLink | undefined;
  let events: DriftEvent[] = [];
  /** What is on the target: the last observation and the steps done since; unknown at the start and after a failure. */
  let actual: Map<string, Item> | undefined;
  let applied = 0;
  let lastSent = -1;
  let failures = 0;
  let retryAt = Number.POSITIVE_INFINITY;

  const takeUpdates = async () => {
    const updates = queue;
    queue = [];
    for (const update of updates) {
      if (update.type === 'view') rows.forgetRows(update.tables);
      if (update.type === 'delta') rows.forgetRows(upsertsOf(update.delta));
    }
    const from = link;
    try {
      await replica.take(updates);
    } catch (error) {
      // The host must follow even when the disk does not; the replica writes itself anew as soon as it can.
      log.error({ err: error }, 'cannot keep the replica on disk');
    }
    if (from && updates.length > 0) from.synced = true;
  };

  const look = async (desired: Items, signal: AbortSignal): Promise<Drift[]> => {
    const started = Date.now();
    const observed = await driver.observe(signal);
    const drifts = actual
      ? findDrift({ believed: actual, observed, desired, unfinished: new Set(troubles.byItem.keys()) })
      : [];
    actual = new Map(observed);
    audit.done(started, Date.now());
    return drifts;
  };

  const applySteps = async (steps: readonly Step[], signal: AbortSignal): Promise<Map<string, StepOutcome>> => {
    const byItem = new Map<string, StepOutcome>();
    if (steps.length === 0) return byItem;
    const outcomes = await driver.apply(steps, signal);
    const now = Date.now();
    for (const [i, step] of steps.entries()) {
      const id = itemId(step.item);
      const outcome = outcomes[i] ?? { result: 'failed', ...codeAndWords(new Error('a step got no outcome')) };
      byItem.set(id, outcome);
      troubles.record(step, outcome, now);
      if (outcome.result === 'failed') log.warn({ item: id, action: step.action, code: outcome.code }, outcome.message);
      if (outcome.result !== 'done') continue;
      if (step.action === 'remove') actual?.delete(id);
      else actual?.set(id, step.item);
    }
    return byItem;
  };

  const noteDrifts = (drifts: readonly Drift[], outcomes: ReadonlyMap<string, StepOutcome>) => {
    for (const { id, found, message } of drifts) {
      const outcome = outcomes.get(id);
      // A workload that was unplugged takes its device along; that is no intrusion.
      if (outcome?.result === 'waiting') continue;
      const repaired = outcome?.result === 'done';
      const words = outcome?.result === 'failed' ? `${message}; ${outcome.code}: ${outcome.message}` : message;
      log.warn({ object: id, found, repaired }, words);
      events.push({ at: Date.now(), object: id, found, repaired, message: words.slice(0, 4000) });
    }
    events = events.slice(-MAX_EVENTS);
  };

  const report = () => {
    if (!link?.synced) return;
    const statuses = rows.changes(replica.tables, troubles.byItem.values());
    if (applied !== lastSent || statuses.length > 0) link.send({ type: 'applied', revision: applied, statuses });
    lastSent = applied;
    if (events.length > 0) link.send({ type: 'drift', events });
    events = [];
  };
  const pass = async (signal: AbortSignal) => {
    await takeUpdates();
    // Without a first whole view an empty table says nothing, and sweeping by it would tear down a working host.
    if (!replica.complete) return;
    const revision = replica.revision;
    const desired = driver.render(replica.tables);
    const drifts = actual === undefined || audit.isDue(Date.now()) ? await look(desired, signal) : [];
    const steps = troubles.select(driver.diff(desired, actual ?? new Map()), Date.now());
    const outcomes = await applySteps(steps, signal);
    noteDrifts(drifts, outcomes);
    applied = revision;
    report();
  };

  const failed = (error: unknown) => {
    failures++;
    actual = undefined;
    retryAt = Date.now() + backoffDelay(failures, options.backoff);
    const { code, message } = codeAndWords(error);
    log.error({ err: error, code, failures }, 'the driver failed as a whole');
    if (!link?.synced) return;
    const ports = [...replica.tables.ports.keys()];
    rows.forget();
    const statuses = ports.map(
      (id) => ({ table: 'ports', id, state: 'error', message: `${code}: ${message}`.slice(0, 4000) }) as const,
    );
    link.send({ type: 'applied', revision: applied, statuses });
  };

  const onChange = () => {
    troubles.hurryWaiting();
    audit.hurry(Date.now());
    waker.wake();
  };

  const rest = async (signal: AbortSignal) => {
    const tooEarly = () => failures > 0 && Date.now() < retryAt && queue.length === 0 && !signal.aborted;
    do {
      const next = failures > 0 ? retryAt : Math.min(audit.due(), troubles.nextDue());
      await waker.sleep(replica.complete ? next - Date.now() : Number.POSITIVE_INFINITY, signal);
      // A target in turmoil wakes us often, and one that fails needs its rest.
    } while (tooEarly());
  };

  return {
    take(update) {
      queue.push(update);
      waker.wake();
    },
    linkUp(send) {
      queue = [];
      link = { send, synced: false };
      rows.forget();
      lastSent = -1;
    },
    linkDown() {
      queue = [];
      link = undefined;
    },
    async run(signal) {
      using _watching = driver.watch?.(onChange);
      while (!signal.aborted) {
        try {
          await pass(signal);
          failures = 0;
          retryAt = Number.POSITIVE_INFINITY;
        } catch (error) {
          if (signal.aborted) return;
          failed(error);
        }
        if (queue.length === 0) await rest(signal);
      }
    },
  };
}

function upsertsOf(delta: TablesDelta): Partial<Record<TableName, readonly { readonly id: string }[]>> {
  return Object.fromEntries(Object.entries(delta).map(([table, { upserts }]) => [table, upserts]));
}
