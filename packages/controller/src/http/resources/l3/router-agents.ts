import type { Queryable } from '../../../store/store.ts';
import { INTERFACE_OWNERS } from './service-ports.ts';

export const L3_AGENT = 'L3 agent';

const MOST_HA_AGENTS = 3;
const OWNERS = INTERFACE_OWNERS.map((owner) => `'${owner}'`).join(', ');

/** SQL over a router `t`: the zones of the agents that host it. */
export const ROUTER_ZONES = `ARRAY(SELECT DISTINCT a.availability_zone FROM router_agents b JOIN agents a ON a.id = b.agent_id
 WHERE b.router_id = t.id AND a.availability_zone IS NOT NULL ORDER BY 1)`;

/** SQL over an agent `a` on a host `h`: "legacy", "dvr_snat", or "dvr", which serves only the ports of its own host. */
const MODE = `CASE WHEN h.facts @> '{"abilities": {"dvr_snat": true}}' THEN 'dvr_snat'
 WHEN h.facts @> '{"abilities": {"dvr": true}}' THEN 'dvr' ELSE 'legacy' END`;

export async function modeOfAgent(tx: Queryable, agentId: unknown): Promise<string | undefined> {
  const [agent] = await tx.query<{ mode: string }>(
    `SELECT ${MODE} AS mode FROM agents a JOIN hosts h ON h.name = a.host WHERE a.id = $1`,
    [agentId],
  );
  return agent?.mode;
}

/**
 * Gives a router that has something to do, and no agent yet, the agents with the fewest routers: one, or several when it is to be highly
 * available. Without agents it stays without.
 */
export async function scheduleRouter(tx: Queryable, routerId: string): Promise<void> {
  await tx.query(
    `INSERT INTO router_agents (router_id, agent_id) SELECT r.id, a.id FROM routers r CROSS JOIN LATERAL (
 SELECT a.id FROM agents a JOIN hosts h ON h.name = a.host WHERE a.agent_type = $2 AND a.admin_state_up
 AND (${MODE} = 'dvr_snat' OR (${MODE} = 'legacy' AND NOT r.distributed))
 AND (r.availability_zone_hints = '[]' OR r.availability_zone_hints ? a.availability_zone)
 ORDER BY h.connected_to IS NULL, (SELECT count(*) FROM router_agents b WHERE b.agent_id = a.id), a.id
 LIMIT CASE WHEN r.ha THEN ${MOST_HA_AGENTS} ELSE 1 END) a
 WHERE r.id = $1 AND NOT EXISTS (SELECT FROM router_agents b JOIN agents x ON x.id = b.agent_id WHERE b.router_id = r.id)
 AND (r.ha OR r.gw_port_id IS NOT NULL OR EXISTS (SELECT FROM ports p WHERE p.device_id = r.id::text AND p.device_owner IN (${OWNERS})))
 ON CONFLICT DO NOTHING`,
    [routerId, L3_AGENT],
  );
}
