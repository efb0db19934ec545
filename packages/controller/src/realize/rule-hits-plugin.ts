import type { FastifyPluginAsync } from 'fastify';
import { sendAnswer } from '../http/send-answer.ts';
import type { ServerPlugin } from '../http/server.ts';
import type { Store } from '../store/store.ts';
import { readQuery } from './query.ts';
import type { Realize } from './realize.ts';
import { findAsked, hitsBody } from './rule-hits.ts';

/** Milliseconds that agents have for their answer. */
const PATIENCE = 5000;

/** How often rules of security groups have decided: for whom the group belongs to, and for admins. */
export function ruleHitsPlugin(store: Store, realize: Realize): ServerPlugin {
  const routes: FastifyPluginAsync = async (scope) => {
    scope.get('/rules/hits', async (request, reply) => {
      const { security_group: group, port } = readQuery(request, ['security_group', 'port']);
      const { caller } = request;
      const asked = await findAsked(store, realize.loom, { question: { group, port }, caller });
      const answers = await realize.ask(asked, AbortSignal.timeout(PATIENCE));
      return sendAnswer(reply, { status: 200, body: hitsBody(asked, answers) });
    });
  };
  return { prefix: '/v2.0/netloom', routes };
}
