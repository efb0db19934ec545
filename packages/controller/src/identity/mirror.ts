import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Queryable, Store } from '../store/store.ts';
import { isTableName, MIRRORED_TABLES, type MirroredTables, TABLE_NAMES, type TableName } from './mirrored-tables.ts';

/**
 * The identity tables in memory, so that checking a token asks no database. Every committed change, of this controller or of
 * another, arrives as a notification that names a row; the row is then read again. Reading is one loop with one batch under
 * way, so an older answer can never overwrite a newer one, and a burst of changes becomes few queries.
 */
export interface Mirror extends AsyncDisposable {
  /** While it stands still, nothing has changed. */
  readonly version: number;
  rows<Table extends TableName>(table: Table, key: string): readonly MirroredTables[Table][];
  all<Table extends TableName>(table: Table): Iterable<MirroredTables[Table]>;
  /** Resolves when everything committed before the call, by whomever, is in; without a database, after two seconds. */
  sync(): Promise<void>;
  /** Runs a transaction; resolves when this mirror shows all it did, cascades and triggers included. */
  write<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
}

const CHANNEL = 'netloom_identity';
const PATIENCE_MS = 2_000;
const RETRY_MS = 500;

type Groups = Map<string, object[]>;

export async function openMirror(store: Store, onError: (error: unknown) => void): Promise<Mirror> {
  const tables = new Map<TableName, Groups>(TABLE_NAMES.map((table) => [table, new Map()]));
  const barriers = new Map<string, () => void>();
  const closing = new AbortController();
  let dirty = new Map<TableName, Set<string>>();
  let reloadWanted = false;
  let waiters: (() => void)[] = [];
  let loop: Promise<void> | undefined;
  let version = 0;
  /** True while a batch is read, and from the start until the first reading of everything is done. */
  let reading = true;

  function onNotification(payload: string | null): void {
    if (payload === null) {
      reloadWanted = true;
      for (const id of [...barriers.keys()]) passBarrier(id);
      wake();
      return;
    }
    const colon = payload.indexOf(':');
    const name = payload.slice(0, colon);
    const key = payload.slice(colon + 1);
    if (isTableName(name)) mark(name, key);
    else if (name === 'barrier') passBarrier(key);
    wake();
  }

  /** The barrier's writer goes on once the batch that holds all notifications before it has been read. */
  function passBarrier(id: string): void {
    const pass = barriers.get(id);
    if (pass === undefined) return;
    barriers.delete(id);
    waiters.push(pass);
  }

  function mark(table: TableName, key: string): void {
    const keys = dirty.get(table) ?? new Set();
    dirty.set(table, keys.add(key));
  }

  function wake(): void {
    if (!reading) loop = readUntilClean();
  }

  async function readUntilClean(): Promise<void> {
    reading = true;
    while ((reloadWanted || dirty.size > 0 || waiters.length > 0) && !closing.signal.aborted) {
      const batch = { reload: reloadWanted, dirty, waiters };
      reloadWanted = false;
      dirty = new Map();
      waiters = [];
      try {
        await (batch.reload ? reload() : reread(batch.dirty));
        for (const pass of batch.waiters) pass();
      } catch (error) {
        reloadWanted = true;
        waiters = [...batch.waiters, ...waiters];
        onError(error);
        await sleep(RETRY_MS, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      }
    }
    reading = false;
  }

  async function reload(): Promise<void> {
    for (const table of TABLE_NAMES) {
      const { key, columns } = MIRRORED_TABLES[table];
      tables.set(table, group(await store.query(`SELECT ${columns} FROM ${table} ORDER BY ${key}`), key));
    }
    version += 1;
  }

  async function reread(batch: ReadonlyMap<TableName, ReadonlySet<string>>): Promise<void> {
    for (const [table, keys] of batch) {
      const { key, columns } = MIRRORED_TABLES[table];
      const text = `SELECT ${columns} FROM ${table} WHERE ${key} = ANY($1)`;
      const fresh = group(await store.query(text, [[...keys]]), key);
      const held = groupsOf(table);
      for (const changed of keys) {
        const rows = fresh.get(changed);
        if (isDeepStrictEqual(rows, held.get(changed))) continue;
        version += 1;
        if (rows === undefined) held.delete(changed);
        else held.set(changed, rows);
      }
    }
  }

  function groupsOf(table: TableName): Groups {
    const groups = tables.get(table);
    if (groups === undefined) throw new Error(`table ${table} is not mirrored`);
    return groups;
  }

  /**
   * Notifications come in the order of commits. So when our own comes back, all that was committed before it has been
   * announced, and is read by the time the barrier is passed.
   */
  async function withBarrier<T>(work: (announce: (on: Queryable) => Promise<unknown>) => Promise<T>): Promise<T> {
    const id = randomUUID();
    const passed = Promise.withResolvers<void>();
    barriers.set(id, passed.resolve);
    try {
      const value = await work((on) => on.query('SELECT pg_notify($1, $2)', [CHANNEL, `barrier:${id}`]));
      await withPatience(passed.promise);
      return value;
    } finally {
      barriers.delete(id);
    }
  }

  const subscription = await store.listen(CHANNEL, onNotification);
  try {
    await reload();
  } catch (error) {
    await subscription[Symbol.asyncDispose]();
    throw error;
  }
  reading = false;
  wake();

  return {
    get version() {
      return version;
    },
    rows: <Table extends TableName>(table: Table, key: string) =>
      (groupsOf(table).get(key) ?? []) as MirroredTables[Table][],
    *all<Table extends TableName>(table: Table) {
      for (const rows of groupsOf(table).values()) yield* rows as MirroredTables[Table][];
    },
    sync: () => withBarrier(async (announce) => void (await announce(store))),
    write: (work) =>
      withBarrier(async (announce) => {
        const { value } = await store.transaction(async (tx) => {
          const result = await work(tx);
          await announce(tx);
          return result;
        });
        return value;
      }),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await subscription[Symbol.asyncDispose]();
      await loop;
    },
  };
}

/** Waiting ends on its own: a lost database delays freshness, it must not hang a request. */
async function withPatience(event: Promise<void>): Promise<void> {
  const timeUp = new AbortController();
  const timer = sleep(PATIENCE_MS, undefined, { signal: timeUp.signal }).catch(() => {});
  await Promise.race([event, timer]);
  timeUp.abort();
}

function group(rows: readonly object[], key: string): Groups {
  const groups: Groups = new Map();
  for (const row of rows) {
    const value = String((row as Record<string, unknown>)[key]);
    const members = groups.get(value);
    if (members === undefined) groups.set(value, [row]);
    else members.push(row);
  }
  return groups;
}
