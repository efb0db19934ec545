import type { Hosting } from '../agents/hosting.ts';
import { agentInvalid, agentTaken, notHosting } from './bgp-errors.ts';

const BGP_AGENT = 'BGP dynamic routing agent';

/** The speaker of an agent, of which it has one at most, and the agents of a speaker. */
export const speakerHosting: Hosting = {
  resource: 'bgp_speaker',
  name: 'bgp-drinstance',
  agents: 'bgp-dragents',
  attribute: 'bgp_speaker_id',
  hosted: 'SELECT bgp_speaker_id FROM bgp_speaker_agents WHERE agent_id = $1',
  hosts: 'SELECT agent_id FROM bgp_speaker_agents WHERE bgp_speaker_id = $1',

  async add(agent, find, { tx }) {
    const id = String(agent['id']);
    if (agent['agent_type'] !== BGP_AGENT || agent['admin_state_up'] !== true) throw agentInvalid(id);
    const speaker = await find();
    const made = await tx.query(
      `INSERT INTO bgp_speaker_agents (agent_id, bgp_speaker_id) VALUES ($1, $2)
 ON CONFLICT ON CONSTRAINT bgp_speaker_agents_key DO NOTHING RETURNING agent_id`,
      [id, speaker['id']],
    );
    if (made.length === 0) throw agentTaken(id);
  },

  async remove(agent, speaker, { tx }) {
    const id = String(agent['id']);
    if (agent['agent_type'] !== BGP_AGENT) throw agentInvalid(id);
    const gone = await tx.query(
      'DELETE FROM bgp_speaker_agents WHERE agent_id = $1 AND bgp_speaker_id::text = lower($2) RETURNING agent_id',
      [id, speaker],
    );
    if (gone.length === 0) throw notHosting(id, speaker);
  },
};
