import { ApiError } from '../../api-error.ts';
import type { RuleContext, Values } from '../../resource/definition.ts';
import type { Hosting } from './hosting.ts';

export const DHCP_AGENT = 'DHCP agent';

/** Which networks DHCP agents serve. */
export const dhcpHosting: Hosting = {
  resource: 'network',
  name: 'dhcp-network',
  agents: 'dhcp-agents',
  attribute: 'network_id',
  hosted: 'SELECT networks_of_dhcp_agent($1)',
  hosts: 'SELECT dhcp_agents_of($1)',

  async add(agent, find, { tx }) {
    const network = String((await find())['id']);
    if (agent['agent_type'] !== DHCP_AGENT || agent['admin_state_up'] !== true) {
      throw new ApiError(
        404,
        'InvalidDHCPAgent',
        `Agent ${String(agent['id'])} is not a valid DHCP Agent or has been disabled.`,
      );
    }
    if ((await hostedAmong(tx, agent, network)).length > 0) {
      throw conflict('NetworkHostedByDHCPAgent', `The network ${network} has been already hosted`, agent);
    }
    await remember(tx, { network, agent: agent['id'], hosted: true });
  },

  async remove(agent, network, { tx }) {
    const [id] = await hostedAmong(tx, agent, network);
    if (id === undefined) throw conflict('NetworkNotHostedByDhcpAgent', `The network ${network} is not hosted`, agent);
    await remember(tx, { network: id, agent: agent['id'], hosted: false });
  },
};

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
