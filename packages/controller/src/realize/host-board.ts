import type { Store } from '../store/store.ts';

interface Entry {
  readonly applied: number | null;
  readonly elsewhere: boolean;
}

/** What the database says of all hosts: how this controller knows of agents that are connected to another. */
export interface HostBoard {
  readonly hosts: ReadonlyMap<string, Entry>;
  /** Reads anew; calls during a reading share the one after it. */
  refresh(): Promise<void>;
}

/** Seconds after which a controller that wrote nothing more of its agents counts as gone. */
const SILENT_AFTER = 45;

export function makeHostBoard(store: Pick<Store, 'query'>, controller: string, onRead: () => void): HostBoard {
  let hosts: ReadonlyMap<string, Entry> = new Map();
  let reading: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const read = async () => {
    const rows = await store.query<{ name: string; applied: number | null; elsewhere: boolean }>(
      `SELECT name, applied_revision AS applied,
         coalesce(connected_to <> $1 AND last_seen_at > now() - make_interval(secs => $2), false) AS elsewhere
       FROM hosts`,
      [controller, SILENT_AFTER],
    );
    hosts = new Map(rows.map(({ name, ...entry }) => [name, entry]));
    onRead();
  };
  const start = () => {
    reading = read().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  return {
    get hosts() {
      return hosts;
    },
    refresh() {
      if (reading === undefined) return start();
      next ??= reading
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return start();
        });
      return next;
    },
  };
}
