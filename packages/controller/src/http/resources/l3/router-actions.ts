import type { Queryable } from '../../../store/store.ts';
import type { Conditions } from '../../access.ts';
import type { HostRoute } from '../../resource/address-types.ts';
import type { ActionTarget, MemberAction, RuleContext, Values } from '../../resource/definition.ts';
import { badRequest } from '../../resource/request-body.ts';
import { viewFor } from '../../resource/selection.ts';
import { updateWithin } from '../../resource/update.ts';
import { checkChanges } from '../../resource/validate.ts';
import { isObject } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { withoutRoutes, withRoutes } from './extra-routes.ts';
import { scheduleRouter } from './router-agents.ts';
import { addInterface, removeInterface } from './router-interfaces.ts';
import type { RouterValues } from './router-values.ts';

const OWNER: Conditions = ['owner'];

export function routerActions(base: Built): readonly MemberAction[] {
  const resources = () => ({ networks: base.get('network'), subnets: base.get('subnet'), ports: base.get('port') });
  return [
    {
      ...put('add_router_interface'),
      async run({ object, body }, context) {
        const router = object as RouterValues;
        const joined = await addInterface(router, body, { resources: resources(), context });
        await touch(context.tx, router.id);
        await scheduleRouter(context.tx, router.id);
        return joined;
      },
    },
    {
      ...put('remove_router_interface'),
      async run({ object, body }, context) {
        const router = object as RouterValues;
        const parted = await removeInterface(router, body, { resources: resources(), context });
        await touch(context.tx, router.id);
        return parted;
      },
    },
    {
      ...put('add_extraroutes'),
      run: (target, context) => changeRoutes(base, target, { context, change: withRoutes }),
    },
    {
      ...put('remove_extraroutes'),
      run: (target, context) => changeRoutes(base, target, { context, change: withoutRoutes }),
    },
  ];
}

function put(name: string) {
  return { method: 'PUT', path: name, rule: name, conditions: OWNER } as const;
}

/** The routes of the body are checked together with those there are. */
async function changeRoutes(
  base: Built,
  { object, body }: ActionTarget,
  {
    context: { tx, caller },
    change,
  }: { context: RuleContext; change: (old: readonly HostRoute[], given: readonly HostRoute[]) => HostRoute[] },
): Promise<Values> {
  const routers = base.get('router');
  const old = object as RouterValues;
  const { routes } = checkChanges(routers, { routes: givenRoutes(body) }).values;
  const changes = checkChanges(routers, { routes: change(old.routes, routes as readonly HostRoute[]) });
  const made = await updateWithin(tx, routers, { id: old.id, changes, caller });
  return { router: viewFor(routers, caller).show(made) };
}

function givenRoutes(body: unknown): unknown {
  const router = isObject(body) ? body['router'] : undefined;
  if (!isObject(router)) throw badRequest("Unable to find 'router' in request body");
  if (!Object.hasOwn(router, 'routes')) {
    throw badRequest("Failed to parse request. Required attribute 'routes' not specified");
  }
  return router['routes'];
}

/** Its interfaces are a part of a router: its revision moves on with them. */
async function touch(tx: Queryable, id: string): Promise<void> {
  await tx.query('UPDATE routers SET updated_at = now(), revision_number = revision_number + 1 WHERE id = $1', [id]);
}
