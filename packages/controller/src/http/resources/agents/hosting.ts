import { ADMIN_ONLY } from '../../access.ts';
import type { MemberAction, RuleContext, Values } from '../../resource/definition.ts';
import { lockRow } from '../../resource/locked-row.ts';
import { badRequest } from '../../resource/request-body.ts';
import { selectAll, viewFor } from '../../resource/selection.ts';
import { isObject } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';

/** Objects of one kind that agents host, seen from both sides: /agents/ID/l3-routers, /routers/ID/l3-agents. */
export interface Hosting {
  /** "router" */
  readonly resource: string;
  /** Of one of them, in policy rules and, with an "s", under an agent: "l3-router". */
  readonly name: string;
  /** Of the agents, under an object and in policy rules: "l3-agents". */
  readonly agents: string;
  /** What names the object in bodies and paths under an agent: "router_id". */
  readonly attribute: string;
  /** SQL for the ids of what the agent $1 hosts. */
  readonly hosted: string;
  /** SQL for the ids of the agents that host the object $1. */
  readonly hosts: string;
  /** What the agents of an object show beside what all show. */
  readonly shown?: Values;
  /** `find` locks the object that the client names; throws 404 when there is none. */
  add(agent: Values, find: () => Promise<Values>, context: RuleContext): Promise<void>;
  /** `id` is as the client wrote it. */
  remove(agent: Values, id: string, context: RuleContext): Promise<void>;
}

/** What an agent hosts: listed, given to it, and taken from it. */
export function hostedByAgent(base: Built, hosting: Hosting): readonly MemberAction[] {
  const { resource, name, attribute, hosted } = hosting;
  return [
    {
      method: 'GET',
      path: `${name}s`,
      rule: `get_${name}s`,
      conditions: ADMIN_ONLY,
      run: async ({ object }, context) => {
        const found = base.get(resource);
        const rows = await readThose(found, { ids: hosted, of: object['id'] }, context);
        return { [found.collection]: rows };
      },
    },
    {
      method: 'POST',
      path: `${name}s`,
      rule: `create_${name}`,
      conditions: ADMIN_ONLY,
      status: 201,
      async run({ object, body }, context) {
        if (!isObject(body) || !Object.hasOwn(body, attribute)) {
          throw badRequest(`Unable to find '${attribute}' in request body`);
        }
        const wanted = { id: String(body[attribute]), rule: `create_${name}`, conditions: ADMIN_ONLY };
        const find = () => lockRow(context.tx, base.get(resource), { ...wanted, caller: context.caller });
        await hosting.add(object, find, context);
        return null;
      },
    },
    {
      method: 'DELETE',
      path: `${name}s/:${attribute}`,
      rule: `delete_${name}`,
      conditions: ADMIN_ONLY,
      async run({ object, params }, context) {
        await hosting.remove(object, params[attribute] ?? '', context);
        return undefined;
      },
    },
  ];
}

/** The agents that host an object. */
export function agentsHosting(base: Built, { agents, hosts, shown }: Hosting): MemberAction {
  return {
    method: 'GET',
    path: agents,
    rule: `get_${agents}`,
    conditions: ADMIN_ONLY,
    async run({ object }, context) {
      const rows = await readThose(base.get('agent'), { ids: hosts, of: object['id'] }, context);
      return { agents: rows.map((row) => ({ ...row, resource_versions: {}, ...shown })) };
    },
  };
}

async function readThose(
  resource: ReturnType<Built['get']>,
  { ids, of }: { ids: string; of: unknown },
  { tx, caller }: RuleContext,
): Promise<Values[]> {
  const rows = await tx.query<Values>(
    `SELECT ${selectAll(resource)} FROM ${resource.table} t WHERE t.id IN (${ids}) ORDER BY t.id`,
    [of],
  );
  const view = viewFor(resource, caller);
  return rows.map((row) => view.show(row));
}
