import { setTimeout as delay } from 'node:timers/promises';
import type { HostDelta, Loom } from '@netloom/core/compile/loom';
import { weave } from '@netloom/core/compile/weave';
import { CodedError } from '@netloom/core/errors/coded-error';
import type { Change } from '@netloom/core/model/change';
import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';

/** The loom of this controller, following the change log. */
export interface Weaver {
  readonly loom: Loom;
  /** What the loom has woven: every change up to here, none after. */
  readonly revision: number;
  /** Resolves when the loom has woven the revision; rejects when the signal aborts first. */
  reached(revision: number, signal: AbortSignal): Promise<void>;
  /** Follows the change log until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface WeaverOptions {
  readonly store: Pick<Store, 'snapshot' | 'feed'>;
  readonly log: Logger;
  onBatch(revision: number, deltas: readonly HostDelta[], changes: readonly Change[]): void;
  /** The loom was woven anew: what happened since the last batch is not known one by one. */
  onReset(): void;
}

const RETRY = 1000;

export async function openWeaver(options: WeaverOptions): Promise<Weaver> {
  const { store, log } = options;
  const start = async () => {
    const { revision, ...model } = await store.snapshot();
    return { revision, loom: weave(model) };
  };
  let { revision, loom } = await start();
  let lost = false;
  const waiting = new Set<{ revision: number; resolve: () => void }>();
  const wake = () => {
    for (const waiter of waiting) if (waiter.revision <= revision) waiter.resolve();
  };

  const follow = async (signal: AbortSignal) => {
    if (lost) {
      ({ revision, loom } = await start());
      lost = false;
      options.onReset();
      wake();
    }
    for await (const batch of store.feed(revision, signal)) {
      // A change that cannot be woven would be met again at once: weave anew instead of missing it.
      lost = true;
      const deltas = loom.apply(batch.changes);
      revision = batch.revision;
      options.onBatch(revision, deltas, batch.changes);
      lost = false;
      wake();
    }
  };

  return {
    get loom() {
      return loom;
    },
    get revision() {
      return revision;
    },
    async reached(wanted, signal) {
      if (wanted <= revision) return;
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter = { revision: wanted, resolve };
      const abort = () => reject(signal.reason);
      waiting.add(waiter);
      signal.addEventListener('abort', abort, { once: true });
      try {
        await promise;
      } finally {
        waiting.delete(waiter);
        signal.removeEventListener('abort', abort);
      }
    },
    async run(signal) {
      while (!signal.aborted) {
        try {
          await follow(signal);
        } catch (error) {
          if (error instanceof CodedError && error.code === 'HISTORY_GONE') lost = true;
          if (!signal.aborted) log.warn({ err: error }, 'following the changes anew');
        }
        // Also after a feed that just ended: its store was closed under us.
        if (!signal.aborted) await delay(RETRY, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
