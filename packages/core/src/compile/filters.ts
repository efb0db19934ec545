import type { RuleRemote, SecurityGroup, SecurityGroupRule } from '../model/security-group.ts';
import type { FilterRemote, FilterRow, FilterRule } from '../tables/host-tables.ts';
import { bothSides } from './edit.ts';
import { EVERY_CARRIER, type Feature } from './feature.ts';

/** One row for each security group. */
export const filters: Feature<'filters'> = {
  table: 'filters',
  places(edit) {
    if (edit.kind === 'securityGroup') return [{ at: edit.id, id: edit.id }];
    if (edit.kind !== 'securityGroupRule') return [];
    return bothSides(edit).map(({ groupId }) => ({ at: groupId, id: groupId }));
  },
  ids: (group) => [group],
  cell(_at, id, model) {
    const group = model.objects.securityGroup.get(id);
    if (group === undefined) return undefined;
    const rules = [...(model.security.rulesOf.get(id)?.values() ?? [])];
    return { audience: EVERY_CARRIER, make: () => filterRow(group, rules) };
  },
};

function filterRow({ id, stateful }: SecurityGroup, rules: readonly SecurityGroupRule[]): FilterRow {
  return { id, stateful, rules: rules.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(filterRule) };
}

function filterRule({ id, direction, family, protocol, min, max, remote }: SecurityGroupRule): FilterRule {
  return { id, direction, family, protocol, min, max, remote: filterRemote(remote) };
}

function filterRemote(remote: RuleRemote): FilterRemote {
  return remote.kind === 'any' || remote.kind === 'prefix' ? remote : { kind: 'set', set: remote.group };
}
