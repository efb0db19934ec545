import { setTimeout as delay } from 'node:timers/promises';
import type { AgentMessage, PacketEvent } from '@netloom/api/link/messages';
import type { Queryable, Store } from '../store/store.ts';

export type PacketMessage = Extract<AgentMessage, { type: 'packets' }>;

/** Keeps the packets that agents tell of, in batches and up to a number: no host waits for it, and what is too much is counted. */
export interface PacketLogWriter {
  take(host: string, message: PacketMessage): void;
  /** Until the signal aborts and what is there is written, if the database takes it. */
  run(signal: AbortSignal): Promise<void>;
}

export interface PacketLogWriterOptions {
  readonly store: Pick<Store, 'transaction'>;
  /** Whether the port is on the host: only its own host may speak of it. */
  isThere(port: string, host: string): boolean;
  onError(error: unknown): void;
  /** Rows kept; a million when absent. */
  readonly keep?: number;
}

/** Milliseconds in which events gather. */
const GATHER = 200;
/** Longest wait after the database refused, in milliseconds. */
const LONGEST_WAIT = 5000;
/** Events held while the database is slow or away. */
const MOST_HELD = 20_000;
const KEEP = 1_000_000;
const KEEP_DAYS = 7;
/** Milliseconds between looks for rows that are too old. */
const TRIM = 60_000;

type Row = PacketEvent & { readonly host: string };
interface Batch {
  readonly rows: Row[];
  /** By host. */
  readonly lost: Map<string, { readonly logs: Set<string>; packets: number }>;
}

export function makePacketLogWriter(options: PacketLogWriterOptions): PacketLogWriter {
  let batch: Batch = { rows: [], lost: new Map() };
  let rung = Promise.withResolvers<void>();
  let trimmed = 0;

  const lose = (host: string, packets: number, logs: Iterable<string>): void => {
    const known = batch.lost.get(host) ?? { logs: new Set<string>(), packets: 0 };
    for (const log of logs) known.logs.add(log);
    known.packets += packets;
    batch.lost.set(host, known);
  };
  const hold = (row: Row): void => {
    if (batch.rows.length < MOST_HELD) batch.rows.push(row);
    else lose(row.host, 1, row.logs);
  };

  /** True when it failed and is to be tried again. */
  const attempt = async (): Promise<boolean> => {
    const writing = batch;
    batch = { rows: [], lost: new Map() };
    rung = Promise.withResolvers();
    if (writing.rows.length === 0 && writing.lost.size === 0) return false;
    const isTrimDue = Date.now() - trimmed > TRIM;
    try {
      await options.store.transaction(async (tx) => {
        await writeBatch(tx, writing);
        await tx.query(DROP_MOST, [options.keep ?? KEEP]);
        if (isTrimDue) await tx.query(DROP_OLD, [KEEP_DAYS]);
      });
      if (isTrimDue) trimmed = Date.now();
      return false;
    } catch (error) {
      const { rows, lost } = batch;
      batch = writing;
      for (const row of rows) hold(row);
      for (const [host, { logs, packets }] of lost) lose(host, packets, logs);
      rung.resolve();
      options.onError(error);
      return true;
    }
  };

  return {
    take(host, { events, lost, of }) {
      for (const event of events) if (options.isThere(event.port, host)) hold({ ...event, host });
      if (lost > 0) lose(host, lost, of);
      rung.resolve();
    },
    async run(signal) {
      const wake = () => rung.resolve();
      signal.addEventListener('abort', wake, { once: true });
      for (let failures = 0; !signal.aborted; ) {
        await rung.promise;
        await delay(Math.min(GATHER * 2 ** failures, LONGEST_WAIT), undefined, { signal }).catch(() => undefined);
        failures = (await attempt()) ? failures + 1 : 0;
      }
      await attempt();
    },
  };
}

async function writeBatch(tx: Queryable, { rows, lost }: Batch): Promise<void> {
  // Ids become visible in their order, so that whoever reads on from one misses none.
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('netloom/packet_log', 0))`);
  const losses = Array.from(lost, ([host, { logs, packets }]) => ({ host, logs: [...logs], packets }));
  const events = rows.flatMap(({ logs, ...row }, place) => logs.map((log) => ({ ...row, log, place })));
  if (events.length > 0) await tx.query(ADD_EVENTS, [JSON.stringify(events)]);
  if (losses.length > 0) await tx.query(ADD_LOSSES, [JSON.stringify(losses)]);
}

// What is no log (any more) is dropped by the join.
const ADD_EVENTS = `
  INSERT INTO packet_log (log_id, host, at, event, port_id, direction, security_group_id, security_group_rule_id, protocol, source,
    destination, source_port, destination_port, icmp_type, icmp_code, bytes)
  SELECT l.id, r.host, to_timestamp(r.at / 1000.0), r.event, r.port, r.direction, r."group", r.rule, r.protocol, r.source, r.destination,
    r."sourcePort", r."destinationPort", r."icmpType", r."icmpCode", r.bytes
  FROM jsonb_to_recordset($1::jsonb) AS r (place int, log text, host text, at float8, event text, port text, direction text, "group" text,
    rule text, protocol smallint, source text, destination text, "sourcePort" int, "destinationPort" int, "icmpType" smallint,
    "icmpCode" smallint, bytes int)
  JOIN logs l ON l.id::text = r.log
  ORDER BY r.place`;

const ADD_LOSSES = `
  INSERT INTO packet_log (log_id, host, at, event, packets)
  SELECT l.id, r.host, now(), 'LOST', r.packets
  FROM jsonb_to_recordset($1::jsonb) AS r (host text, logs jsonb, packets bigint)
  CROSS JOIN LATERAL jsonb_array_elements_text(r.logs) AS log
  JOIN logs l ON l.id::text = log`;

const DROP_MOST = 'DELETE FROM packet_log WHERE id <= (SELECT max(id) FROM packet_log) - $1::bigint';

const DROP_OLD = 'DELETE FROM packet_log WHERE at < now() - make_interval(days => $1::int)';
