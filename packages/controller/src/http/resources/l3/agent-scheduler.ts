import { ApiError } from '../../api-error.ts';
import type { RuleContext, Values } from '../../resource/definition.ts';
import { agentsHosting, type Hosting, hostedByAgent } from '../agents/hosting.ts';
import type { Feature } from '../feature.ts';
import { L3_AGENT, modeOfAgent } from './router-agents.ts';

/** Which routers an agent hosts, and which agents a router. */
const routerHosting: Hosting = {
  resource: 'router',
  name: 'l3-router',
  agents: 'l3-agents',
  attribute: 'router_id',
  hosted: 'SELECT router_id FROM router_agents WHERE agent_id = $1',
  hosts: 'SELECT agent_id FROM router_agents WHERE router_id = $1',
  shown: { ha_state: null },

  async add(agent, find, { tx }) {
    const agentId = String(agent['id']);
    const router = await find();
    if (agent['agent_type'] !== L3_AGENT || agent['admin_state_up'] !== true) {
      throw new ApiError(404, 'InvalidL3Agent', `Agent ${agentId} is not a L3 Agent or has been disabled`);
    }
    await refuseMode(tx, { agentId, router });
    const hosting = await tx.query<{ agent_id: string }>(
      'SELECT b.agent_id FROM router_agents b JOIN agents a ON a.id = b.agent_id WHERE b.router_id = $1',
      [router['id']],
    );
    if (hosting.some((row) => row.agent_id === agentId)) return;
    const [first] = hosting;
    if (first !== undefined && router['ha'] !== true) {
      throw new ApiError(
        409,
        'RouterHostedByL3Agent',
        `The router ${String(router['id'])} has been already hosted by the L3 Agent ${first.agent_id}.`,
      );
    }
    await tx.query('INSERT INTO router_agents (router_id, agent_id) VALUES ($1, $2)', [router['id'], agentId]);
  },

  async remove(agent, routerId, { tx }) {
    if ((await modeOfAgent(tx, agent['id'])) === 'dvr') {
      throw new ApiError(
        409,
        'DVRL3CannotRemoveFromDvrAgent',
        "Not allowed to manually remove a router from an agent in 'dvr' mode.",
      );
    }
    await tx.query('DELETE FROM router_agents WHERE agent_id = $1 AND router_id::text = $2', [agent['id'], routerId]);
  },
};

/** Which routers an agent hosts, and which agents a router: /agents/ID/l3-routers, /routers/ID/l3-agents. */
export const agentScheduler: Feature = {
  extensions: [
    {
      name: 'L3 Agent Scheduler',
      alias: 'l3_agent_scheduler',
      description: 'Schedule routers among l3 agents',
      updated: '2013-02-07T10:00:00-00:00',
    },
  ],
  mixins: (base) => ({
    agent: { actions: hostedByAgent(base, routerHosting) },
    router: { actions: [agentsHosting(base, routerHosting)] },
  }),
};

async function refuseMode(
  tx: RuleContext['tx'],
  { agentId, router }: { agentId: string; router: Values },
): Promise<void> {
  const mode = await modeOfAgent(tx, agentId);
  if (mode === 'dvr') {
    throw new ApiError(
      409,
      'DVRL3CannotAssignToDvrAgent',
      "Not allowed to manually assign a router to an agent in 'dvr' mode.",
    );
  }
  if (mode !== 'legacy' || router['distributed'] !== true) return;
  throw new ApiError(
    409,
    'RouterL3AgentMismatch',
    `Cannot host distributed router ${String(router['id'])} on legacy L3 agent ${agentId}.`,
  );
}
