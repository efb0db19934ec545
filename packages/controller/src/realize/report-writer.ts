import { setTimeout as delay } from 'node:timers/promises';
import type { DriftEvent, RowStatus } from '@netloom/api/link/messages';
import type { Queryable, Store } from '../store/store.ts';
import { HOSTS_CHANNEL } from './channels.ts';
import { routerReports, SET_FLOATING_IPS, SET_ROUTER_PORTS } from './router-reports.ts';

/** What agents report, written to the database in batches: one transaction however many agents speak at once. */
export interface ReportWriter {
  /** The host stands at `revision`; written together with the statuses that came with it. `whole` when they replace all that is known of the host. */
  applied(host: string, report: { revision: number; statuses: readonly RowStatus[]; whole: boolean }): void;
  drift(host: string, events: readonly DriftEvent[]): void;
  /** Nothing up to `revision` is left to apply on the host. */
  caughtUp(host: string, revision: number): void;
  /** The agent of a host came to this controller, is still there, or left. */
  presence(host: string, here: boolean): void;
  /** Ports that left the view of a host: DOWN if they are still bound there, or nowhere. */
  gone(host: string, ports: readonly string[]): void;
  /** Until the signal aborts and everything is written; what the database refuses is tried again. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ReportWriterOptions {
  readonly store: Pick<Store, 'transaction'>;
  /** Name of this controller among those that share the database. */
  readonly controller: string;
  /** After a batch is committed: the revisions that hosts were written to have applied. */
  onWritten(applied: ReadonlyMap<string, number>): void;
  onError(error: unknown): void;
}

/** Milliseconds in which reports gather. */
const GATHER = 10;
const MAX_EVENTS = 10_000;
const FINAL_TRIES = 3;

interface Batch {
  readonly applied: Map<string, number>;
  readonly whole: Set<string>;
  readonly statuses: Map<string, RowStatus & { host: string }>;
  /** By port, as the host named sees it. */
  readonly ports: Map<string, { id: string; host: string; status: 'ACTIVE' | 'DOWN' }>;
  readonly present: Map<string, boolean>;
  readonly events: (DriftEvent & { host: string })[];
}

function emptyBatch(): Batch {
  return {
    applied: new Map(),
    whole: new Set(),
    statuses: new Map(),
    ports: new Map(),
    present: new Map(),
    events: [],
  };
}

export function makeReportWriter(options: ReportWriterOptions): ReportWriter {
  let batch = emptyBatch();
  let rung = Promise.withResolvers<void>();
  const port = (host: string, id: string, status: 'ACTIVE' | 'DOWN') =>
    batch.ports.set(`${host}/${id}`, { id, host, status });

  /** True when it failed and is to be tried again. */
  const attempt = async (): Promise<boolean> => {
    const writing = batch;
    batch = emptyBatch();
    rung = Promise.withResolvers();
    if (isEmpty(writing)) return false;
    try {
      await options.store.transaction((tx) => writeBatch(tx, writing, options.controller));
    } catch (error) {
      batch = merged(writing, batch);
      rung.resolve();
      options.onError(error);
      return true;
    }
    options.onWritten(writing.applied);
    return false;
  };

  return {
    applied(host, { revision, statuses, whole }) {
      if (whole) {
        batch.whole.add(host);
        for (const [key, status] of batch.statuses) if (status.host === host) batch.statuses.delete(key);
      }
      for (const status of statuses) {
        batch.statuses.set(`${host} ${status.table} ${status.id}`, { ...status, host });
        if (status.table === 'ports') port(host, status.id, status.state === 'done' ? 'ACTIVE' : 'DOWN');
      }
      batch.applied.set(host, revision);
      rung.resolve();
    },
    caughtUp(host, revision) {
      batch.applied.set(host, revision);
      rung.resolve();
    },
    drift(host, events) {
      batch.events.push(...events.map((event) => ({ ...event, host })));
      rung.resolve();
    },
    presence(host, here) {
      batch.present.set(host, here);
      rung.resolve();
    },
    gone(host, ports) {
      for (const id of ports) port(host, id, 'DOWN');
      rung.resolve();
    },
    async run(signal) {
      const wake = () => rung.resolve();
      signal.addEventListener('abort', wake, { once: true });
      for (let failures = 0; !signal.aborted; ) {
        await rung.promise;
        await delay(Math.min(GATHER * 2 ** failures, 5000), undefined, { signal }).catch(() => undefined);
        failures = (await attempt()) ? failures + 1 : 0;
      }
      for (let tries = 0; tries < FINAL_TRIES && (await attempt()); tries++);
    },
  };
}

function isEmpty(batch: Batch): boolean {
  const { applied, whole, statuses, ports, present, events } = batch;
  return applied.size + whole.size + statuses.size + ports.size + present.size + events.length === 0;
}

/** What was not written, with what came since put over it. */
function merged(older: Batch, newer: Batch): Batch {
  for (const host of newer.whole) {
    for (const [key, status] of older.statuses) if (status.host === host) older.statuses.delete(key);
  }
  return {
    applied: new Map([...older.applied, ...newer.applied]),
    whole: new Set([...older.whole, ...newer.whole]),
    statuses: new Map([...older.statuses, ...newer.statuses]),
    ports: new Map([...older.ports, ...newer.ports]),
    present: new Map([...older.present, ...newer.present]),
    events: [...older.events, ...newer.events].slice(-MAX_EVENTS),
  };
}

async function writeBatch(tx: Queryable, batch: Batch, controller: string): Promise<void> {
  const routing = routerReports(batch.statuses.values());
  const work: [needed: boolean, text: string, values: unknown[]][] = [
    [batch.whole.size > 0, 'DELETE FROM host_statuses WHERE host = ANY($1)', [[...batch.whole]]],
    [batch.statuses.size > 0, PUT_STATUSES, [JSON.stringify([...batch.statuses.values()])]],
    [batch.statuses.size > 0, DROP_STATUSES, [JSON.stringify([...batch.statuses.values()])]],
    [batch.ports.size > 0, SET_PORT_STATUS, [JSON.stringify([...batch.ports.values()])]],
    [routing !== '[]', SET_ROUTER_PORTS, [routing]],
    [routing !== '[]', SET_FLOATING_IPS, [routing]],
    [batch.events.length > 0, ADD_EVENTS, [JSON.stringify(batch.events)]],
    [batch.events.length > 0, TRIM_EVENTS, [MAX_EVENTS]],
    [batch.applied.size + batch.present.size > 0, SET_HOSTS, [JSON.stringify(hostRows(batch)), controller]],
    [true, 'SELECT pg_notify($1, $2)', [HOSTS_CHANNEL, controller]],
  ];
  await Promise.all(work.filter(([needed]) => needed).map(([, text, values]) => tx.query(text, values)));
}

function hostRows(batch: Batch) {
  const names = new Set([...batch.applied.keys(), ...batch.present.keys()]);
  return [...names].map((name) => ({
    name,
    applied: batch.applied.get(name) ?? null,
    here: batch.present.get(name) ?? null,
  }));
}

// A host that is deleted meanwhile keeps nothing, and its late reports must not spoil the batch of the others.
const PUT_STATUSES = `
  INSERT INTO host_statuses (host, object_table, object_id, state, message)
  SELECT r.host, r."table", r.id, r.state, r.message
  FROM jsonb_to_recordset($1::jsonb) AS r (host text, "table" text, id text, state text, message text)
  JOIN hosts ON hosts.name = r.host
  WHERE r.state <> 'done'
  ON CONFLICT (host, object_table, object_id) DO UPDATE
    SET state = excluded.state, message = excluded.message, since = now()`;

const DROP_STATUSES = `
  DELETE FROM host_statuses s
  USING jsonb_to_recordset($1::jsonb) AS r (host text, "table" text, id text, state text)
  WHERE s.host = r.host AND s.object_table = r."table" AND s.object_id = r.id AND r.state = 'done'`;

// Only the host that a port is bound to may speak for it: another's word is late.
const SET_PORT_STATUS = `
  UPDATE ports SET status = v.status
  FROM (
    SELECT p.id, CASE WHEN r.status = 'ACTIVE' AND p.admin_state_up THEN 'ACTIVE' ELSE 'DOWN' END AS status
    FROM jsonb_to_recordset($1::jsonb) AS r (id text, host text, status text)
    JOIN ports p ON p.id = CASE WHEN r.id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN r.id::uuid END AND (p.host = r.host OR p.host = '' AND r.status = 'DOWN')
    ORDER BY p.id FOR UPDATE OF p
  ) AS v
  WHERE ports.id = v.id AND ports.status <> v.status`;

const ADD_EVENTS = `
  INSERT INTO events (host, at, object, found, repaired, message)
  SELECT host, to_timestamp(at / 1000.0), object, found, repaired, message
  FROM jsonb_to_recordset($1::jsonb) AS r (host text, at float8, object text, found text, repaired boolean, message text)`;

const TRIM_EVENTS = 'DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - $1::bigint';

const SET_HOSTS = `
  UPDATE hosts SET
    applied_revision = coalesce(v.applied, hosts.applied_revision),
    connected_to = CASE WHEN v.here IS NULL THEN hosts.connected_to WHEN v.here THEN $2 ELSE nullif(hosts.connected_to, $2) END,
    last_seen_at = CASE WHEN v.here IS FALSE THEN hosts.last_seen_at ELSE now() END
  FROM (
    SELECT h.name, r.applied, r.here
    FROM jsonb_to_recordset($1::jsonb) AS r (name text, applied bigint, here boolean) JOIN hosts h USING (name)
    ORDER BY h.name FOR UPDATE OF h
  ) AS v
  WHERE hosts.name = v.name`;
