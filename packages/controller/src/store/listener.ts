import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { backoff } from './backoff.ts';
import { connectionConfig } from './pg-connection.ts';
import type { Store } from './store.ts';

export interface Listener extends Pick<Store, 'listen'> {
  close(): Promise<void>;
}

type Callback = (payload: string | null) => void;

/** How often the connection is tried, so that one that died without a word (a firewall's timeout, a pulled cable) is noticed. */
const HEARTBEAT_MS = 15_000;
const GOODBYE_MS = 1000;

/**
 * One connection for all notifications, opened on first use and again whenever it is lost. `listen` resolves once the database has
 * the subscription; while the database is away it resolves too, and the callback hears `null` when it is back.
 */
export function openListener(url: string): Listener {
  const channels = new Map<string, Set<Callback>>();
  const closing = new AbortController();
  const tried = Promise.withResolvers<void>();
  let client: pg.Client | undefined;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    for (let failures = 0, resumed = false; !closing.signal.aborted; resumed = true) {
      const mine = new pg.Client({ ...connectionConfig(url), query_timeout: HEARTBEAT_MS });
      const lost = new Promise<void>((resolve) => {
        mine.on('end', resolve).on('error', () => resolve());
      });
      try {
        await mine.connect();
        mine.on('notification', ({ channel, payload }) => tell(channel, payload ?? ''));
        // From here on, `listen` sends its own commands; those that came before are sent now.
        client = mine;
        await Promise.all([...channels.keys()].map((channel) => command(mine, 'LISTEN', channel)));
        tried.resolve();
        failures = 0;
        if (resumed) for (const channel of channels.keys()) tell(channel, null);
        await untilLost(mine, lost);
      } catch {
        // The wait and the next attempt below are all there is to do.
      }
      client = undefined;
      tried.resolve();
      await Promise.race([mine.end(), sleep(GOODBYE_MS, undefined, { ref: false })]).catch(() => undefined);
      await sleep(backoff(failures++), undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  async function untilLost(mine: pg.Client, lost: Promise<void>): Promise<void> {
    // Closed while it connected: the abort event has been, and will not come again.
    if (closing.signal.aborted) return;
    // When its time is over, `pg` destroys the connection, and that is what `lost` waits for.
    const beat = setInterval(() => void mine.query('SELECT 1').catch(() => undefined), HEARTBEAT_MS).unref();
    const closed = Promise.withResolvers<void>();
    closing.signal.addEventListener('abort', () => closed.resolve(), { once: true });
    await Promise.race([lost, closed.promise]);
    clearInterval(beat);
  }

  function tell(channel: string, payload: string | null): void {
    for (const callback of [...(channels.get(channel) ?? [])]) {
      // What a callback throws is its own bug, and must not look like a lost connection.
      queueMicrotask(() => callback(payload));
    }
  }

  async function listen(channel: string, callback: Callback): Promise<AsyncDisposable> {
    const callbacks = channels.get(channel) ?? new Set();
    channels.set(channel, callbacks.add(callback));
    running ??= run();
    await tried.promise;
    // A failure means a lost connection: the next one subscribes to all channels and tells it.
    if (client) await command(client, 'LISTEN', channel).catch(() => undefined);
    return {
      async [Symbol.asyncDispose]() {
        callbacks.delete(callback);
        if (callbacks.size > 0 || channels.get(channel) !== callbacks) return;
        channels.delete(channel);
        if (client) await command(client, 'UNLISTEN', channel).catch(() => undefined);
      },
    };
  }

  async function close(): Promise<void> {
    closing.abort();
    await running;
  }

  return { listen, close };
}

async function command(client: pg.Client, verb: 'LISTEN' | 'UNLISTEN', channel: string): Promise<void> {
  await client.query(`${verb} ${pg.escapeIdentifier(channel)}`);
}
