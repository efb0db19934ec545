import { type FlowPlanner, openFlowPlanner } from '@netloom/core/plan/flow-planner';
import { type FlowText, flowTexts, formatFlow } from '@netloom/core/plan/flow-text';
import type { Caller } from '../http/caller.ts';
import type { NetworkingApi } from '../http/resources/compose.ts';
import { sendAnswer } from '../http/send-answer.ts';
import type { ServerPlugin } from '../http/server.ts';
import type { Realize } from '../realize/realize.ts';
import type { Store } from '../store/store.ts';
import { readFlowNames } from './flow-names.ts';
import { parsePlan } from './plan-body.ts';
import { openRehearsal, Refused, type Rehearsed } from './rehearsal.ts';

type Hub = Pick<Realize, 'loom' | 'revision' | 'reached'>;

/** Milliseconds to wait until what a plan was made upon is known here. */
const CATCH_UP = 5000;

const NOTHING = {
  networks: [],
  ports: [],
  securityGroups: [],
  securityGroupRules: [],
  addressGroupEntries: [],
  firewallGroups: [],
  firewallGroupPorts: [],
  firewallPolicies: [],
  firewallRules: [],
};

/** POST /v2.0/netloom/plan: what changes would do, without making them. Whoever may make them may plan them. */
export function planPlugin(store: Store, hub: Hub, networking: NetworkingApi): ServerPlugin {
  const rehearsal = openRehearsal(store, networking);
  // Made for the first plan: many a controller is never asked for one.
  let planner: FlowPlanner | undefined;

  async function answer({ base, changes, made }: Rehearsed, caller: Caller) {
    await hub.reached(base, AbortSignal.timeout(CATCH_UP));
    const { loom, revision } = hub;
    planner ??= openFlowPlanner(NOTHING);
    planner.follow(loom.objects);
    const { gained, lost } = planner.compare(changes);
    const hosts = caller.isAdmin ? loom.preview(changes) : null;
    const { resources } = networking;
    const names = await readFlowNames(store, [...gained, ...lost], { caller, made, resources });
    const shown = (flows: readonly FlowText[]) => flows.map((flow) => ({ ...flow, text: formatFlow(flow) }));
    return {
      revision,
      hosts,
      flows: { gained: shown(flowTexts(gained, names)), lost: shown(flowTexts(lost, names)) },
    };
  }

  return {
    prefix: '/v2.0/netloom/plan',
    routes: async (scope) => {
      scope.addHook('onClose', () => rehearsal[Symbol.asyncDispose]());
      scope.post('/', async ({ body, caller }, reply) => {
        const requests = parsePlan(body);
        try {
          const plan = await answer(await rehearsal.run(requests, caller), caller);
          return sendAnswer(reply, { status: 200, body: { plan } });
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          const { index, status, type } = error;
          const { method, path } = requests[index] ?? {};
          const message = `Change ${index} (${method} ${path}): ${error.message}`;
          return sendAnswer(reply, { status, body: { NeutronError: { type, message, detail: '' }, change: index } });
        }
      });
    },
  };
}
