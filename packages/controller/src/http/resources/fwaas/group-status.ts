import type { Queryable } from '../../../store/store.ts';
import { INTERFACE_OWNERS } from '../l3/service-ports.ts';

const ROUTER_OWNERS = `ARRAY[${INTERFACE_OWNERS.map((owner) => `'${owner}'`).join(', ')}]`;

/** Set in a transaction that changes what hosts are to do for the groups that it shows: it has no revision yet. */
const CHANGING = 'netloom.firewall_changing';

export async function startChange(tx: Queryable): Promise<void> {
  await tx.query(`SELECT set_config('${CHANGING}', 'yes', true)`);
}

/** Newest revision in which the group, its policies or their rules changed; the log may have forgotten it, but not that it is in the past. */
const WANTED = `greatest((SELECT revision FROM change_floor), (
 SELECT max(c.revision) FROM changes c WHERE c.kind LIKE 'firewall%' AND c.id IN (
  SELECT unnest(ARRAY[t.id, t.ingress_firewall_policy_id, t.egress_firewall_policy_id])::text UNION ALL
  SELECT r.firewall_rule_id::text FROM firewall_policy_rules r
  WHERE r.firewall_policy_id IN (t.ingress_firewall_policy_id, t.egress_firewall_policy_id))))`;

/** The same of a port's membership. */
const JOINED = `coalesce((SELECT max(c.revision) FROM changes c WHERE c.kind LIKE 'firewall%' AND c.id = p.id::text), 0)`;

const ROW_OF = (table: string, id: string, state: string): string =>
  `EXISTS (SELECT FROM host_statuses s WHERE s.host = p.host AND s.object_table = '${table}' AND s.object_id = ${id}::text AND ${state})`;

/**
 * How a firewall group stands, as SQL over its row `t`:
 * INACTIVE without ports or policies; DOWN when it is administratively down, or when no host can hold one of its ports to it; ERROR when a
 * host with one of its ports failed; PENDING_... until all these hosts have what this very transaction or earlier ones wanted; else ACTIVE.
 * A port that was just moved has no status yet, neither of its own nor among those of its new host's rows that are not done.
 */
export const GROUP_STATUS = `CASE
 WHEN coalesce(t.ingress_firewall_policy_id, t.egress_firewall_policy_id) IS NULL
  OR NOT EXISTS (SELECT FROM firewall_group_ports b WHERE b.firewall_group_id = t.id) THEN 'INACTIVE'
 WHEN NOT t.admin_state_up OR EXISTS (
  SELECT FROM firewall_group_ports b JOIN ports p ON p.id = b.port_id
  WHERE b.firewall_group_id = t.id AND (p.device_owner = ANY(${ROUTER_OWNERS}) OR NOT p.port_security_enabled)) THEN 'DOWN'
 ELSE (
  WITH wanted AS MATERIALIZED (SELECT ${WANTED} AS revision)
  SELECT CASE
   WHEN bool_or(m.failed) THEN 'ERROR'
   WHEN current_setting('${CHANGING}', true) = 'yes' OR NOT bool_and(m.applied)
    THEN CASE t.revision_number WHEN 0 THEN 'PENDING_CREATE' ELSE 'PENDING_UPDATE' END
   ELSE 'ACTIVE' END
  FROM (
   SELECT ${ROW_OF('firewalls', 't.id', `s.state = 'error'`)} OR ${ROW_OF('ports', 'p.id', `s.state = 'error'`)} AS failed,
    coalesce(h.applied_revision >= greatest(wanted.revision, ${JOINED}), false)
     AND NOT ${ROW_OF('firewalls', 't.id', 'true')}
     AND (p.status = 'ACTIVE' OR NOT p.admin_state_up OR ${ROW_OF('ports', 'p.id', 'true')}) AS applied
   FROM wanted, firewall_group_ports b JOIN ports p ON p.id = b.port_id
   JOIN networks n ON n.id = p.network_id AND n.admin_state_up AND n.vni IS NOT NULL
   LEFT JOIN hosts h ON h.name = p.host
   WHERE b.firewall_group_id = t.id AND p.host <> '') AS m)
 END`;
