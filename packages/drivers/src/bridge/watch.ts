import { setTimeout as delay } from 'node:timers/promises';
import type { Commander, Follower } from './commander.ts';

export interface Watch {
  /** Calls back after changes, until disposed. */
  subscribe(onChange: () => void): Disposable;
  /** Devices whose appearance in the host's namespace is a change; all others there are none of our business. */
  readonly awaited: Set<string>;
  /**
   * Tells which data-plane namespace there is now (undefined: none). A monitor of another one is ended first: a process in a
   * namespace keeps it alive, VXLAN devices and all, after its name is gone.
   */
  namespaceIs(identity: number | undefined): Promise<void>;
}

/** Milliseconds until a monitor that ended is started again. */
const RESTART_MS = 1_000;

/** Watches the host's namespace for workloads being plugged and the data plane's for edits from outside. */
export function openWatch(commander: Commander, namespace: string): Watch {
  const awaited = new Set<string>();
  const subscribers = new Set<() => void>();
  const notify = calm(() => {
    for (const subscriber of subscribers) subscriber();
  });
  let current: number | undefined;
  let host: Monitor | undefined;
  let dataPlane: Monitor | undefined;

  const startDataPlane = (): void => {
    if (current === undefined || subscribers.size === 0) return;
    // Bridge entries are announced as neighbours too (rtnetlink(7), RTM_NEWNEIGH with AF_BRIDGE).
    dataPlane ??= openMonitor(commander, ['ip', '-n', namespace, 'monitor', 'link', 'neigh'], notify);
  };
  const stopDataPlane = async (): Promise<void> => {
    const monitor = dataPlane;
    dataPlane = undefined;
    await monitor?.stop();
  };

  return {
    subscribe(onChange) {
      // One entry a call, also when two subscribers pass the same function.
      const subscriber = (): void => onChange();
      subscribers.add(subscriber);
      host ??= openMonitor(commander, ['ip', 'monitor', 'link'], (line) => {
        const device = /^\d+: ([^@:]+)[@:]/.exec(line ?? '')?.[1];
        if (line === undefined || (device !== undefined && awaited.has(device))) notify();
      });
      startDataPlane();
      return {
        [Symbol.dispose]() {
          if (!subscribers.delete(subscriber) || subscribers.size > 0) return;
          void host?.stop();
          host = undefined;
          void stopDataPlane();
        },
      };
    },
    awaited,
    async namespaceIs(identity) {
      if (identity !== current) {
        current = identity;
        await stopDataPlane();
      }
      startDataPlane();
    },
  };
}

interface Monitor {
  stop(): Promise<void>;
}

/** Runs a monitor over and over; `onLine` gets undefined when one was started again, as changes in between were missed. */
function openMonitor(commander: Commander, argv: readonly string[], onLine: (line?: string) => void): Monitor {
  const stopped = new AbortController();
  let follower: Follower | undefined;
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const since = performance.now();
      follower = commander.follow(argv, onLine);
      await follower.ended;
      await delay(RESTART_MS, undefined, { signal: stopped.signal }).catch(() => {});
      // One that ended at once (its namespace is gone, or no more processes may be made) has nothing to say.
      if (!stopped.signal.aborted && performance.now() - since > 2 * RESTART_MS) onLine();
    }
  };
  const ended = loop();
  return {
    async stop() {
      stopped.abort();
      await follower?.stop();
      await ended;
    },
  };
}

const FIRST_MS = 50;
const LAST_MS = 2_000;

/** Calls soon after the first of many events, and ever more rarely while they go on and on. */
function calm(call: () => void): () => void {
  let wait = FIRST_MS;
  let last = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  return () => {
    if (timer) return;
    wait = performance.now() - last < 4 * wait ? Math.min(2 * wait, LAST_MS) : FIRST_MS;
    timer = setTimeout(() => {
      timer = undefined;
      last = performance.now();
      call();
    }, wait);
  };
}
