import type { Queryable } from '../../../store/store.ts';
import { RULE_KINDS } from './rule-kinds.ts';

/**
 * The drivers of hosts that were here once, and the types of rules that each of them enforces: those that all of its hosts say they
 * can ("abilities": {"qos_dscp_marking": true}).
 */
export async function readDrivers(db: Queryable): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await db.query<{ driver: string; types: string[] }>(
    `SELECT o.driver, coalesce(array_agg(o.type) FILTER (WHERE o.everywhere), '{}') AS types FROM (
  SELECT h.driver, k.type, bool_and(coalesce((h.facts -> 'abilities' ->> ('qos_' || k.type))::boolean, false)) AS everywhere
  FROM hosts h, unnest($1::text[]) AS k (type) WHERE h.facts <> '{}' GROUP BY h.driver, k.type
 ) o GROUP BY o.driver ORDER BY o.driver`,
    [RULE_KINDS.map(({ type }) => type)],
  );
  return new Map(rows.map(({ driver, types }) => [driver, new Set(types)]));
}
