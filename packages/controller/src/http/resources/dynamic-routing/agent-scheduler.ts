import { ADMIN_ONLY } from '../../access.ts';
import type { ActionTarget, MemberAction, RuleContext, Values } from '../../resource/definition.ts';
import { lockRow } from '../../resource/locked-row.ts';
import { badRequest } from '../../resource/request-body.ts';
import { selectAll, viewFor } from '../../resource/selection.ts';
import { isObject } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { agentInvalid, agentTaken, notHosting } from './bgp-errors.ts';

const BGP_AGENT = 'BGP dynamic routing agent';

/** The speaker of an agent: /agents/ID/bgp-drinstances. */
export function speakersOfAgent(base: Built): readonly MemberAction[] {
  return [
    {
      method: 'GET',
      path: 'bgp-drinstances',
      rule: 'get_bgp-drinstances',
      conditions: ADMIN_ONLY,
      async run({ object }, { tx, caller }) {
        const speakers = base.get('bgp_speaker');
        const rows = await tx.query<Values>(
          `SELECT ${selectAll(speakers)} FROM bgp_speakers t WHERE t.id IN (SELECT bgp_speaker_id FROM bgp_speaker_agents WHERE agent_id = $1)`,
          [object['id']],
        );
        const view = viewFor(speakers, caller);
        return { bgp_speakers: rows.map((row) => view.show(row)) };
      },
    },
    {
      method: 'POST',
      path: 'bgp-drinstances',
      rule: 'create_bgp-drinstance',
      conditions: ADMIN_ONLY,
      status: 201,
      run: (target, context) => host(base, target, context),
    },
    {
      method: 'DELETE',
      path: 'bgp-drinstances/:bgp_speaker_id',
      rule: 'delete_bgp-drinstance',
      conditions: ADMIN_ONLY,
      async run({ object, params: { bgp_speaker_id: speaker = '' } }, { tx }) {
        const agent = String(object['id']);
        if (object['agent_type'] !== BGP_AGENT) throw agentInvalid(agent);
        const gone = await tx.query(
          'DELETE FROM bgp_speaker_agents WHERE agent_id = $1 AND bgp_speaker_id::text = lower($2) RETURNING agent_id',
          [agent, speaker],
        );
        if (gone.length === 0) throw notHosting(agent, speaker);
        return undefined;
      },
    },
  ];
}

/** The agents of a speaker: /bgp-speakers/ID/bgp-dragents. */
export function agentsOfSpeaker(base: Built): MemberAction {
  return {
    method: 'GET',
    path: 'bgp-dragents',
    rule: 'get_bgp-dragents',
    conditions: ADMIN_ONLY,
    async run({ object }, { tx, caller }) {
      const agents = base.get('agent');
      const rows = await tx.query<Values>(
        `SELECT ${selectAll(agents)} FROM ${agents.table} t WHERE t.id IN (SELECT agent_id FROM bgp_speaker_agents WHERE bgp_speaker_id = $1)
 ORDER BY t.id`,
        [object['id']],
      );
      const view = viewFor(agents, caller);
      return { agents: rows.map((row) => ({ ...view.show(row), resource_versions: {} })) };
    },
  };
}

async function host(base: Built, { object, body }: ActionTarget, { tx, caller }: RuleContext): Promise<null> {
  if (!isObject(body) || !Object.hasOwn(body, 'bgp_speaker_id')) {
    throw badRequest("Unable to find 'bgp_speaker_id' in request body");
  }
  const agent = String(object['id']);
  if (object['agent_type'] !== BGP_AGENT || object['admin_state_up'] !== true) throw agentInvalid(agent);
  const speaker = await lockRow(tx, base.get('bgp_speaker'), {
    id: String(body['bgp_speaker_id']),
    caller,
    rule: 'create_bgp-drinstance',
    conditions: ADMIN_ONLY,
  });
  const made = await tx.query(
    `INSERT INTO bgp_speaker_agents (agent_id, bgp_speaker_id) VALUES ($1, $2)
 ON CONFLICT ON CONSTRAINT bgp_speaker_agents_key DO NOTHING RETURNING agent_id`,
    [agent, speaker['id']],
  );
  if (made.length === 0) throw agentTaken(agent);
  return null;
}
