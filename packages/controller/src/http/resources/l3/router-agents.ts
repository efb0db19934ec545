import type { Queryable } from '../../../store/store.ts';

export const L3_AGENT = 'L3 agent';

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

/** Gives a router that has something to do, and no agent yet, its agents (0094-router-changes.sql). */
export async function scheduleRouter(tx: Queryable, routerId: string): Promise<void> {
  await tx.query('SELECT schedule_router($1)', [routerId]);
}
