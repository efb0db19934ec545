import type pg from 'pg';

/** What is wrong in a controller's database, by questions of its own in plain SQL: one line for each fault. */
export async function checkDatabase(client: pg.Client): Promise<string[]> {
  const faults: string[] = [];
  for (const [what, text] of Object.entries(QUESTIONS)) {
    const { rows } = await client.query<object>(`${text} LIMIT 5`);
    faults.push(...rows.map((row) => `${what}: ${JSON.stringify(row)}`));
  }
  return [...faults, ...(await wrongCounters(client))];
}

/** Each gives rows only where something is wrong. */
const QUESTIONS: Readonly<Record<string, string>> = {
  'an allocation without its port': `
    SELECT a.subnet_id, a.ip_address, a.port_id FROM ip_allocations a LEFT JOIN ports p ON p.id = a.port_id
     WHERE p.id IS NULL OR NOT p.fixed_ips @> jsonb_build_array(jsonb_build_object('subnet_id', a.subnet_id,
       'ip_address', host(a.ip_address)))`,
  'a port whose address is not allocated to it': `
    SELECT p.id, f.subnet_id, f.ip_address
      FROM ports p, jsonb_to_recordset(p.fixed_ips) AS f (subnet_id uuid, ip_address inet)
      LEFT JOIN LATERAL (SELECT 1 AS found FROM ip_allocations a WHERE a.subnet_id = f.subnet_id
        AND a.ip_address = f.ip_address AND a.port_id = p.id) a ON true WHERE a.found IS NULL`,
  'an address given twice': `
    SELECT f.subnet_id, f.ip_address, count(*)
      FROM ports p, jsonb_to_recordset(p.fixed_ips) AS f (subnet_id uuid, ip_address inet)
     GROUP BY 1, 2 HAVING count(*) > 1`,
  'a MAC given twice on a network': `
    SELECT network_id, mac_address, count(*) FROM ports GROUP BY 1, 2 HAVING count(*) > 1`,
  'an allocated address that is free': `
    SELECT a.subnet_id, a.ip_address FROM ip_allocations a JOIN free_ranges r ON r.space = a.subnet_id::text
     WHERE family(a.ip_address) = 4 AND a.ip_address - '0.0.0.0'::inet BETWEEN r.first AND r.last`,
  'free ranges that overlap': `
    SELECT a.space, a.first, a.last, b.first AS other FROM free_ranges a JOIN free_ranges b
      ON b.space = a.space AND b.first > a.first AND b.first <= a.last`,
  'addresses of a pool that are neither free nor allocated': `
    SELECT s.id, p.size, coalesce(f.free, 0) AS free, coalesce(a.taken, 0) AS taken FROM subnets s
      CROSS JOIN LATERAL (SELECT sum((pool ->> 'end')::inet - (pool ->> 'start')::inet + 1) AS size
        FROM jsonb_array_elements(s.allocation_pools) pool) p
      LEFT JOIN LATERAL (SELECT sum(r.last - r.first + 1) AS free FROM free_ranges r WHERE r.space = s.id::text) f ON true
      LEFT JOIN LATERAL (SELECT count(*) AS taken FROM ip_allocations a WHERE a.subnet_id = s.id AND EXISTS (
        SELECT FROM jsonb_array_elements(s.allocation_pools) pool
         WHERE a.ip_address BETWEEN (pool ->> 'start')::inet AND (pool ->> 'end')::inet)) a ON true
     WHERE s.ip_version = 4 AND p.size <> coalesce(f.free, 0) + coalesce(a.taken, 0)`,
  'free numbers of a subnet that is gone': `
    SELECT r.space, r.first, r.last FROM free_ranges r LEFT JOIN subnets s ON s.id::text = r.space
     WHERE r.space ~ '^[0-9a-f]{8}-' AND s.id IS NULL`,
  'a VNI in use that is free': `
    SELECT n.id, n.vni FROM networks n JOIN free_ranges r ON r.space = 'vni' AND n.vni BETWEEN r.first AND r.last`,
  'VNIs that are neither free nor in use': `
    SELECT * FROM (SELECT (SELECT sum(last - first + 1) FROM free_ranges WHERE space = 'vni') AS free,
      (SELECT count(*) FROM networks WHERE vni IS NOT NULL) AS used) v WHERE free + used <> 16777215`,
  'a row that the change log ends otherwise for': `
    SELECT t.kind, t.id FROM (
      SELECT 'network' AS kind, n.id::text, to_jsonb(n) AS row FROM networks n
      UNION ALL SELECT 'subnet', s.id::text, to_jsonb(s) FROM subnets s
      UNION ALL SELECT 'port', p.id::text, to_jsonb(p) FROM ports p) t
      LEFT JOIN LATERAL (SELECT c.row FROM changes c WHERE c.kind = t.kind AND c.id = t.id ORDER BY c.revision DESC LIMIT 1) c
        ON true WHERE c.row IS DISTINCT FROM t.row`,
  'a change log that ends with what is gone': `
    SELECT c.kind, c.id FROM (SELECT DISTINCT ON (kind, id) kind, id, row FROM changes
       WHERE kind IN ('network', 'subnet', 'port') ORDER BY kind, id, revision DESC) c
     WHERE c.row IS NOT NULL AND NOT EXISTS (SELECT FROM networks WHERE id::text = c.id)
       AND NOT EXISTS (SELECT FROM subnets WHERE id::text = c.id) AND NOT EXISTS (SELECT FROM ports WHERE id::text = c.id)`,
};

/** Counters of quotas that differ from what there is. Which tables are counted, the triggers on them say. */
async function wrongCounters(client: pg.Client): Promise<string[]> {
  const { rows: counted } = await client.query<{ table: string; resource: string }>(
    `SELECT tgrelid::regclass::text AS table, split_part(encode(tgargs, 'escape'), E'\\\\000', 1) AS resource
       FROM pg_trigger WHERE tgname = 'quota_count'`,
  );
  const faults: string[] = [];
  for (const { table, resource } of counted) {
    const { rows } = await client.query<object>(
      `SELECT coalesce(u.project_id, c.project_id) AS project, coalesce(u.used, 0) AS used, coalesce(c.there, 0) AS there
         FROM (SELECT project_id, used FROM quota_usage WHERE resource = $1) u
         FULL JOIN (SELECT project_id, count(*)::int AS there FROM ${table} GROUP BY project_id) c USING (project_id)
        WHERE coalesce(u.used, 0) <> coalesce(c.there, 0)`,
      [resource],
    );
    faults.push(...rows.map((row) => `a wrong counter of ${resource}: ${JSON.stringify(row)}`));
  }
  if (counted.length === 0) faults.push('nothing is counted for quotas');
  return faults;
}
