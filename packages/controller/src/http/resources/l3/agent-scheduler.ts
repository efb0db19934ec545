import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { ActionTarget, MemberAction, RuleContext, Values } from '../../resource/definition.ts';
import { lockRow } from '../../resource/locked-row.ts';
import { badRequest } from '../../resource/request-body.ts';
import { selectAll, viewFor } from '../../resource/selection.ts';
import { isObject } from '../../resource/value-types.ts';
import type { Built, Feature } from '../feature.ts';
import { agentsOfRouter, L3_AGENT, modeOfAgent } from './router-agents.ts';

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
  mixins: (base) => ({ agent: { actions: routersOfAgent(base) }, router: { actions: [agentsHosting(base)] } }),
};

function agentsHosting(base: Built): MemberAction {
  return {
    method: 'GET',
    path: 'l3-agents',
    rule: 'get_l3-agents',
    conditions: ADMIN_ONLY,
    run: async ({ object }, context) => ({
      agents: await agentsOfRouter(base.get('agent'), String(object['id']), context),
    }),
  };
}

function routersOfAgent(base: Built): readonly MemberAction[] {
  return [
    {
      method: 'GET',
      path: 'l3-routers',
      rule: 'get_l3-routers',
      conditions: ADMIN_ONLY,
      async run({ object }, { tx, caller }) {
        const routers = base.get('router');
        const rows = await tx.query<Values>(
          `SELECT ${selectAll(routers)} FROM routers t WHERE t.id IN (SELECT router_id FROM router_agents WHERE agent_id = $1) ORDER BY t.id`,
          [object['id']],
        );
        const view = viewFor(routers, caller);
        return { routers: rows.map((row) => view.show(row)) };
      },
    },
    {
      method: 'POST',
      path: 'l3-routers',
      rule: 'create_l3-router',
      conditions: ADMIN_ONLY,
      status: 201,
      run: (target, context) => host(base, target, context),
    },
    {
      method: 'DELETE',
      path: 'l3-routers/:router_id',
      rule: 'delete_l3-router',
      conditions: ADMIN_ONLY,
      async run({ object, params: { router_id: routerId = '' } }, { tx }) {
        if ((await modeOfAgent(tx, object['id'])) === 'dvr') {
          throw new ApiError(
            409,
            'DVRL3CannotRemoveFromDvrAgent',
            "Not allowed to manually remove a router from an agent in 'dvr' mode.",
          );
        }
        await tx.query('DELETE FROM router_agents WHERE agent_id = $1 AND router_id::text = $2', [
          object['id'],
          routerId,
        ]);
        return undefined;
      },
    },
  ];
}

async function host(base: Built, { object, body }: ActionTarget, { tx, caller }: RuleContext): Promise<null> {
  const agentId = String(object['id']);
  if (!isObject(body) || !Object.hasOwn(body, 'router_id')) {
    throw badRequest("Unable to find 'router_id' in request body");
  }
  const id = String(body['router_id']);
  const router = await lockRow(tx, base.get('router'), {
    id,
    caller,
    rule: 'create_l3-router',
    conditions: ADMIN_ONLY,
  });
  if (object['agent_type'] !== L3_AGENT || object['admin_state_up'] !== true) {
    throw new ApiError(404, 'InvalidL3Agent', `Agent ${agentId} is not a L3 Agent or has been disabled`);
  }
  await refuseMode(tx, { agentId, router });
  const hosting = await tx.query<{ agent_id: string }>(
    'SELECT b.agent_id FROM router_agents b JOIN agents a ON a.id = b.agent_id WHERE b.router_id = $1',
    [router['id']],
  );
  if (hosting.some((row) => row.agent_id === agentId)) return null;
  const [first] = hosting;
  if (first !== undefined && router['ha'] !== true) {
    throw new ApiError(
      409,
      'RouterHostedByL3Agent',
      `The router ${String(router['id'])} has been already hosted by the L3 Agent ${first.agent_id}.`,
    );
  }
  await tx.query('INSERT INTO router_agents (router_id, agent_id) VALUES ($1, $2)', [router['id'], agentId]);
  return null;
}

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
