import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Resource } from '../../resource/definition.ts';
import type { Built, Feature } from '../feature.ts';
import { agentAttributes } from './agent-attributes.ts';
import { dhcpHosting } from './dhcp-scheduler.ts';
import { agentsHosting, hostedByAgent } from './hosting.ts';

/** What hosts can do, as agents: rows follow from what hosts say of themselves (0043-agents.sql). */
export const agentsFeature: Feature = {
  extensions: [
    {
      name: 'agent',
      alias: 'agent',
      description: 'The agent management extension.',
      updated: '2013-02-03T10:00:00-00:00',
    },
    {
      name: 'DHCP Agent Scheduler',
      alias: 'dhcp_agent_scheduler',
      description: 'Schedule networks among dhcp agents',
      updated: '2013-02-07T10:00:00-00:00',
    },
  ],
  resources: (base) => [agents(base)],
  mixins: (base) => ({ network: { actions: [agentsHosting(base, dhcpHosting)] } }),
};

function agents(base: Built): Resource {
  return {
    name: 'agent',
    collection: 'agents',
    table: 'agents',
    operations: ['list', 'show', 'update', 'delete'],
    notFound: (id) => new ApiError(404, 'AgentNotFound', `Agent ${id} could not be found.`),
    access: { read: ADMIN_ONLY, create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
    attributes: agentAttributes,
    actions: hostedByAgent(base, dhcpHosting),
  };
}
