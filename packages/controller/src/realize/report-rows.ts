import { ApiError } from '../http/api-error.ts';
import type { Queryable } from '../store/store.ts';

/** Largest number of rows one request gives. */
const MOST = 10_000;

/** Rows of host views that are not done, by any of the filters host, table, id, state; the oldest first. */
export async function listStatuses(store: Queryable, filters: Readonly<Record<string, string>>): Promise<object[]> {
  return store.query(
    `SELECT host, object_table AS "table", object_id AS id, state, message, since FROM host_statuses
     WHERE ($1::text IS NULL OR host = $1) AND ($2::text IS NULL OR object_table = $2)
       AND ($3::text IS NULL OR object_id = $3) AND ($4::text IS NULL OR state = $4)
     ORDER BY since, host, object_table, object_id LIMIT ${MOST}`,
    [filters['host'] ?? null, filters['table'] ?? null, filters['id'] ?? null, filters['state'] ?? null],
  );
}

/** Drift found on hosts, the newest first; `after` is the id of an event already seen. */
export async function listEvents(
  store: Queryable,
  { host, after, limit }: { host: string | undefined; after: number; limit: number },
): Promise<object[]> {
  return store.query(
    `SELECT id, host, at, object, found, repaired, message FROM events
     WHERE ($1::text IS NULL OR host = $1) AND id > $2::bigint ORDER BY id DESC LIMIT $3::bigint`,
    [host ?? null, after, Math.min(limit, MOST)],
  );
}

/** Packets that a log asked for, the newest last: those after the event `since`, or the newest there are. Throws 404 for an unknown log. */
export async function listPackets(
  store: Queryable,
  { log, since, limit }: { log: string; since: number | undefined; limit: number },
): Promise<readonly (Readonly<Record<string, unknown>> & { readonly id: number })[]> {
  const [found] = await store.query('SELECT FROM logs WHERE id::text = $1', [log]);
  if (found === undefined) throw new ApiError(404, 'LogResourceNotFound', `Log resource ${log} could not be found.`);
  const direction = since === undefined ? 'DESC' : 'ASC';
  return store.query(
    `SELECT * FROM (
       SELECT id, at, host, event, packets, port_id, direction, security_group_id, security_group_rule_id, protocol,
         source, destination, source_port, destination_port, icmp_type, icmp_code, bytes
       FROM packet_log WHERE log_id = $1::uuid AND id > $2::bigint ORDER BY id ${direction} LIMIT $3::bigint
     ) AS newest ORDER BY id`,
    [log, since ?? 0, Math.min(limit, MOST)],
  );
}
