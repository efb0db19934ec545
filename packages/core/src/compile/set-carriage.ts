import type { Carriage, Carried } from './carriage.ts';
import { bothSides, type Edit } from './edit.ts';
import { groupCarriage } from './group-carriage.ts';
import type { ModelIndex } from './model-index.ts';
import { setNamedBy } from './security-index.ts';

/** A host carries the sets that the rules of the security groups it carries name. A set has the id of the group whose addresses it holds. */
export const setCarriage: Carriage = {
  carries(model, id, host) {
    // A host has few groups, but many groups may name one set.
    for (const group of model.security.guarded.get(host)?.keys() ?? []) {
      if (model.security.naming.get(group)?.has(id) && groupCarriage.carries(model, group, host)) return true;
    }
    return false;
  },
  carriers(model, id) {
    const hosts = new Set<string>();
    for (const group of model.security.groupsNaming.get(id) ?? []) {
      for (const host of groupCarriage.carriers(model, group)) hosts.add(host);
    }
    return hosts;
  },
  on(model, host) {
    const sets = new Set<string>();
    for (const group of groupCarriage.on(model, host)) {
      for (const id of model.security.naming.get(group)?.keys() ?? []) sets.add(id);
    }
    return sets;
  },
  *turns(edit, model) {
    for (const { id: group, host } of groupCarriage.turns(edit, model)) {
      for (const id of model.security.naming.get(group)?.keys() ?? []) yield { id, host };
    }
    yield* turnedByRule(edit, model);
  },
};

function* turnedByRule(edit: Edit, model: ModelIndex): Iterable<Carried> {
  if (edit.kind !== 'securityGroupRule') return;
  for (const rule of bothSides(edit)) {
    const id = setNamedBy(rule);
    if (id === undefined) continue;
    for (const host of model.security.hostsWith.get(rule.groupId) ?? []) yield { id, host };
  }
}
