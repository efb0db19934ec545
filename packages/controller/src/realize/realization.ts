import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../store/store.ts';
import type { Progress } from './progress.ts';

export type RealizationState = 'done' | 'pending' | 'error';

export interface HostRealization {
  readonly host: string;
  readonly state: RealizationState;
  /** Newest revision that its agent confirmed, of those that touched it; null before the first. */
  readonly applied_revision: number | null;
  readonly connected: boolean;
}

/** How far a revision, with everything before it, is applied where it matters. */
export interface Realization {
  readonly revision: number;
  /** "error" when a host that the revision touched did all it could and something of its view is in error. */
  readonly state: RealizationState;
  /** Hosts that the revision touched, as far back as is remembered, and hosts that still owe it. */
  readonly hosts: readonly HostRealization[];
}

export interface RealizationBook {
  /** As it stands, or, with a time to wait, as soon as it is done or an error stays. Gives what there is when the signal aborts. */
  read(revision: number, wait?: { readonly milliseconds: number; readonly signal: AbortSignal }): Promise<Realization>;
  /** Something moved: whoever waits looks again. */
  changed(): void;
}

export interface RealizationBookOptions {
  readonly store: Pick<Store, 'query'>;
  readonly progress: Progress;
  /** Newest revision whose touched hosts are known. */
  woven(): number;
  isConnected(host: string): boolean;
  appliedOf(host: string): number | null;
}

/** Milliseconds an error has to go away by itself before whoever waits is told of it. */
const GRACE = 1000;

export function makeRealizationBook(options: RealizationBookOptions): RealizationBook {
  const { progress } = options;
  let rung = Promise.withResolvers<void>();

  const isPending = (revision: number) => revision > options.woven() || progress.behind(revision).length > 0;

  const settled = async (revision: number, signal: AbortSignal) => {
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => aborted.resolve(), { once: true });
    while (isPending(revision) && !signal.aborted) await Promise.race([rung.promise, aborted.promise]);
  };

  const state = async (revision: number): Promise<Realization> => {
    const behind = new Set(progress.behind(revision));
    const names = [...new Set([...(progress.touchedBy(revision) ?? []), ...behind])].sort();
    const failed = names.length === 0 ? new Set() : await hostsInError(options.store, names);
    const hosts = names.map((host): HostRealization => {
      const state = behind.has(host) ? 'pending' : failed.has(host) ? 'error' : 'done';
      return { host, state, applied_revision: options.appliedOf(host), connected: options.isConnected(host) };
    });
    const pending = isPending(revision) || behind.size > 0;
    const error = hosts.some((host) => host.state === 'error');
    return { revision, state: pending ? 'pending' : error ? 'error' : 'done', hosts };
  };

  return {
    async read(revision, wait) {
      if (!wait) return state(revision);
      const signal = AbortSignal.any([wait.signal, AbortSignal.timeout(wait.milliseconds)]);
      await settled(revision, signal);
      const first = await state(revision);
      if (first.state !== 'error') return first;
      // The first repetition heals most errors.
      await delay(GRACE, undefined, { signal }).catch(() => undefined);
      return state(revision);
    },
    changed() {
      rung.resolve();
      rung = Promise.withResolvers();
    },
  };
}

async function hostsInError(store: Pick<Store, 'query'>, hosts: readonly string[]): Promise<Set<string>> {
  const rows = await store.query<{ host: string }>(
    `SELECT DISTINCT host FROM host_statuses WHERE state = 'error' AND host = ANY($1)`,
    [hosts],
  );
  return new Set(rows.map(({ host }) => host));
}
