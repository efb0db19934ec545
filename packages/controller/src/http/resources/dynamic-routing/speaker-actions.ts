import { ADMIN_ONLY } from '../../access.ts';
import type { ActionTarget, MemberAction, RuleContext, Values } from '../../resource/definition.ts';
import { lockRow } from '../../resource/locked-row.ts';
import { InvalidValue, isObject, uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { advertisedRoutes } from './advertised-routes.ts';
import { badSpeaker, networkBound, networkNotAssociated, peerIpTwice, peerNotAssociated } from './bgp-errors.ts';

type Run = MemberAction['run'];

/** Peers and gateway networks are bound to a speaker by name; the answer is the id. */
export function speakerActions(base: Built): readonly MemberAction[] {
  return [
    change('add_bgp_peer', (target, context) => addPeer(base, target, context)),
    change('remove_bgp_peer', async ({ object, body }, { tx }) => {
      const peer = idOf(body, 'bgp_peer_id');
      const gone = await tx.query(
        'DELETE FROM bgp_speaker_peers WHERE bgp_speaker_id = $1 AND bgp_peer_id = $2 RETURNING bgp_peer_id',
        [object['id'], peer],
      );
      if (gone.length === 0) throw peerNotAssociated(String(object['id']), peer);
      return { bgp_peer_id: peer };
    }),
    change('add_gateway_network', (target, context) => addNetwork(base, target, context)),
    change('remove_gateway_network', async ({ object, body }, { tx }) => {
      const network = idOf(body, 'network_id');
      const gone = await tx.query(
        'DELETE FROM bgp_speaker_networks WHERE bgp_speaker_id = $1 AND network_id = $2 RETURNING network_id',
        [object['id'], network],
      );
      if (gone.length === 0) throw networkNotAssociated(String(object['id']), network);
      return { network_id: network };
    }),
    {
      method: 'GET',
      path: 'get_advertised_routes',
      rule: 'get_advertised_routes',
      conditions: ADMIN_ONLY,
      run: async ({ object }, { tx }) => ({ advertised_routes: await advertisedRoutes(tx, String(object['id'])) }),
    },
  ];
}

function change(name: string, run: Run): MemberAction {
  return { method: 'PUT', path: name, rule: name, conditions: ADMIN_ONLY, run };
}

async function addPeer(base: Built, { object, body }: ActionTarget, { tx, caller }: RuleContext): Promise<Values> {
  const id = idOf(body, 'bgp_peer_id');
  const speaker = String(object['id']);
  const peer = await lockRow(tx, base.get('bgp_peer'), { id, caller, rule: 'get_bgp_peer', conditions: ADMIN_ONLY });
  const same = await tx.query(
    `SELECT FROM bgp_speaker_peers b JOIN bgp_peers p ON p.id = b.bgp_peer_id WHERE b.bgp_speaker_id = $1 AND p.peer_ip = $2::inet
 LIMIT 1`,
    [speaker, peer['peer_ip']],
  );
  if (same.length > 0) throw peerIpTwice(speaker, { id, ip: String(peer['peer_ip']) });
  await tx.query('INSERT INTO bgp_speaker_peers (bgp_speaker_id, bgp_peer_id) VALUES ($1, $2)', [speaker, id]);
  return { bgp_peer_id: id };
}

async function addNetwork(base: Built, { object, body }: ActionTarget, { tx, caller }: RuleContext): Promise<Values> {
  const id = idOf(body, 'network_id');
  const speaker = String(object['id']);
  await lockRow(tx, base.get('network'), { id, caller, rule: 'get_network', conditions: ADMIN_ONLY });
  const made = await tx.query(
    `INSERT INTO bgp_speaker_networks (bgp_speaker_id, network_id) VALUES ($1, $2)
 ON CONFLICT ON CONSTRAINT bgp_speaker_networks_key DO NOTHING RETURNING network_id`,
    [speaker, id],
  );
  if (made.length === 0) throw networkBound(speaker, id);
  return { network_id: id };
}

function idOf(body: unknown, key: string): string {
  if (!isObject(body) || !Object.hasOwn(body, key)) throw badSpeaker(`${key} must be specified`);
  try {
    return uuid.parse(body[key]);
  } catch (error) {
    throw error instanceof InvalidValue ? badSpeaker(error.message) : error;
  }
}
