import type { Queryable } from '../../../store/store.ts';
import type { Resource, RuleContext } from '../../resource/definition.ts';
import { literal } from '../../resource/python-text.ts';
import { invalidInput } from '../../resource/value-types.ts';
import { PROVIDERS, providerOfFlavor } from './flavor-providers.ts';
import { badRequestFor } from './l3-errors.ts';
import { attachedPorts } from './router-subnets.ts';
import { interfaceOwner, type RouterValues } from './router-values.ts';
import { changePort } from './service-ports.ts';

/** Settles whether a new router is distributed and highly available: by its flavor, or as asked. Throws when the two disagree. */
export async function chooseKind(router: RouterValues, tx: Queryable): Promise<void> {
  const flavor = router.flavor_id ?? null;
  if (flavor !== null) {
    const name = await providerOfFlavor(tx, flavor);
    const provider = PROVIDERS[name];
    for (const key of ['distributed', 'ha'] as const) {
      const wanted = router[key] ?? provider[key];
      if (wanted !== provider[key]) throw invalidInput(`Provider ${name} does not support ${key}=${literal(wanted)}`);
      router[key] = wanted;
    }
  }
  router.distributed ??= false;
  router.ha ??= false;
}

/** A router that is down may become distributed or highly available, or no longer be so; its ports then are another kind of port. */
export async function changeKind(
  old: RouterValues,
  changes: Partial<RouterValues>,
  { ports, context }: { ports: Resource; context: RuleContext },
): Promise<void> {
  const wanted = { distributed: changes.distributed ?? old.distributed, ha: changes.ha ?? old.ha };
  const distributedChanges = wanted.distributed !== old.distributed;
  if (!distributedChanges && wanted.ha === old.ha) return;
  if (old.flavor_id !== null) {
    throw invalidInput(
      "Changing the 'ha' and 'distributed' attributes on a router associated with a flavor is not supported",
    );
  }
  const up = changes.admin_state_up ?? old.admin_state_up;
  if (distributedChanges && (old.admin_state_up || up)) {
    throw badRequestFor(
      'router',
      "Cannot change the 'distributed' attribute of active routers. Please set router admin_state_up to False prior to upgrade",
    );
  }
  if (up) {
    throw badRequestFor(
      'router',
      'Cannot change HA attribute of active routers. Please set router admin_state_up to False prior to upgrade',
    );
  }
  const owners = { before: interfaceOwner(old), after: interfaceOwner(wanted) };
  for (const port of await attachedPorts(context.tx, old.id)) {
    if (port.device_owner !== owners.before || owners.before === owners.after) continue;
    await changePort(ports, { id: port.id, device_owner: owners.after }, context);
  }
  await context.tx.query('DELETE FROM router_agents WHERE router_id = $1', [old.id]);
}
