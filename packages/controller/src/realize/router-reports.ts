import type { RowStatus } from '@netloom/api/link/messages';

/** Tables whose rows tell how an object of a router fares. */
const TABLES: ReadonlySet<string> = new Set(['routers', 'gateways', 'floatingIps']);

/** Those of some statuses that say that an object of a router is in effect or in error, as JSON. */
export function routerReports(statuses: Iterable<RowStatus>): string {
  return JSON.stringify([...statuses].filter(({ table, state }) => TABLES.has(table) && state !== 'pending'));
}

/** A router's ports are where its rows are: on every host that has it, or on that of its gateway. */
export const SET_ROUTER_PORTS = `
  UPDATE ports SET status = v.status
  FROM (
    SELECT p.id, CASE WHEN r.state = 'done' AND p.admin_state_up THEN 'ACTIVE' ELSE 'DOWN' END AS status
    FROM jsonb_to_recordset($1::jsonb) AS r ("table" text, id text, state text)
    JOIN ports p ON p.device_id = r.id AND CASE r."table"
      WHEN 'routers' THEN p.device_owner IN
        ('network:router_interface', 'network:router_interface_distributed', 'network:ha_router_replicated_interface')
      WHEN 'gateways' THEN p.device_owner = 'network:router_gateway' ELSE false END
    ORDER BY p.id FOR UPDATE OF p
  ) AS v
  WHERE ports.id = v.id AND ports.status <> v.status`;

/** One that was taken from its port meanwhile stands for nothing, whatever the host still has. */
export const SET_FLOATING_IPS = `
  UPDATE floatingips SET status = CASE r.state WHEN 'done' THEN 'ACTIVE' ELSE 'ERROR' END
  FROM jsonb_to_recordset($1::jsonb) AS r ("table" text, id text, state text)
  WHERE r."table" = 'floatingIps' AND floatingips.id::text = r.id AND floatingips.router_id IS NOT NULL`;
