import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { ActionTarget, MemberAction, RuleContext, Values } from '../../resource/definition.ts';
import { readRow } from '../../resource/locked-row.ts';
import { badRequest } from '../../resource/request-body.ts';
import { selectAll, viewFor } from '../../resource/selection.ts';
import { isObject } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';

export const DHCP_AGENT = 'DHCP agent';

/** Which networks a DHCP agent serves: /agents/ID/dhcp-networks. */
export function networksOfAgent(base: Built): readonly MemberAction[] {
  return [
    {
      method: 'GET',
      path: 'dhcp-networks',
      rule: 'get_dhcp-networks',
      conditions: ADMIN_ONLY,
      async run({ object }, { tx, caller }) {
        const networks = base.get('network');
        const rows = await tx.query<Values>(
          `SELECT ${selectAll(networks)} FROM ${networks.table} t WHERE t.id IN (SELECT networks_of_dhcp_agent($1)) ORDER BY t.id`,
          [object['id']],
        );
        const view = viewFor(networks, caller);
        return { networks: rows.map((row) => view.show(row)) };
      },
    },
    {
      method: 'POST',
      path: 'dhcp-networks',
      rule: 'create_dhcp-network',
      conditions: ADMIN_ONLY,
      status: 201,
      run: (target, context) => add(base, target, context),
    },
    {
      method: 'DELETE',
      path: 'dhcp-networks/:network_id',
      rule: 'delete_dhcp-network',
      conditions: ADMIN_ONLY,
      async run({ object, params: { network_id: network = '' } }, { tx }) {
        const [id] = await hostedAmong(tx, object, network);
        if (id === undefined)
          throw conflict('NetworkNotHostedByDhcpAgent', `The network ${network} is not hosted`, object);
        await remember(tx, { network: id, agent: object['id'], hosted: false });
        return undefined;
      },
    },
  ];
}

/** Which DHCP agents serve a network: /networks/ID/dhcp-agents. */
export function agentsOfNetwork(base: Built): MemberAction {
  return {
    method: 'GET',
    path: 'dhcp-agents',
    rule: 'get_dhcp-agents',
    conditions: ADMIN_ONLY,
    async run({ object }, { tx, caller }) {
      const agents = base.get('agent');
      const rows = await tx.query<Values>(
        `SELECT ${selectAll(agents)} FROM ${agents.table} t WHERE t.id IN (SELECT dhcp_agents_of($1)) ORDER BY t.id`,
        [object['id']],
      );
      const view = viewFor(agents, caller);
      return { agents: rows.map((row) => ({ ...view.show(row), resource_versions: {} })) };
    },
  };
}

async function add(base: Built, { object: agent, body }: ActionTarget, { tx, caller }: RuleContext): Promise<null> {
  if (!isObject(body) || !Object.hasOwn(body, 'network_id')) {
    throw badRequest("Unable to find 'network_id' in request body");
  }
  const network = await readRow(tx, base.get('network'), {
    id: String(body['network_id']),
    caller,
    rule: 'create_dhcp-network',
    conditions: ADMIN_ONLY,
  });
  const id = String(network['id']);
  if (agent['agent_type'] !== DHCP_AGENT || agent['admin_state_up'] !== true) {
    throw new ApiError(
      404,
      'InvalidDHCPAgent',
      `Agent ${String(agent['id'])} is not a valid DHCP Agent or has been disabled.`,
    );
  }
  if ((await hostedAmong(tx, agent, id)).length > 0) {
    throw conflict('NetworkHostedByDHCPAgent', `The network ${id} has been already hosted`, agent);
  }
  await remember(tx, { network: id, agent: agent['id'], hosted: true });
  return null;
}

/** The network with this id, if the agent serves it. */
async function hostedAmong(tx: RuleContext['tx'], agent: Values, network: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    'SELECT n.id FROM networks n WHERE n.id::text = lower($2) AND $1 IN (SELECT dhcp_agents_of(n.id))',
    [agent['id'], network],
  );
  return rows.map((row) => row.id);
}

async function remember(
  tx: RuleContext['tx'],
  { network, agent, hosted }: { network: string; agent: unknown; hosted: boolean },
): Promise<void> {
  await tx.query(
    `INSERT INTO dhcp_agent_networks (network_id, agent_id, hosted) VALUES ($1, $2, $3)
 ON CONFLICT (network_id, agent_id) DO UPDATE SET hosted = excluded.hosted`,
    [network, agent, hosted],
  );
}

function conflict(type: string, what: string, agent: Values): ApiError {
  return new ApiError(409, type, `${what} by the DHCP Agent ${String(agent['id'])}.`);
}
