import type { Queryable } from '../../../store/store.ts';
import type { Resource, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { produced } from '../../resource/value-types.ts';
import type { Mixin } from '../feature.ts';
import { strandedProject } from './dependents.ts';
import { ALL, type Grant, grantsOfNew, grantToAll, revoke, type Shareable, targetsOf } from './grants.ts';
import { dependsOn, invalidSharedSetting, policyInUse } from './rbac-errors.ts';

/** What every resource with `rbac` does about policies on its objects: the attribute `shared` stands for the one for all projects. */
export function sharing({ rbac: objectType = '' }: Resource): Mixin {
  const action = 'access_as_shared';
  return {
    attributes: { shared_with: { type: produced({ type: 'array' }), seen: 'never' } },
    alsoInsert: [grantsOfNew(objectType, action)],
    rules: {
      async beforeCreate(items: readonly Values[]) {
        for (const item of items) if (item['shared'] === true) item['shared_with'] = [ALL];
      },
      async beforeUpdate(object: Shareable, changes: Values, { tx }) {
        if (typeof changes['shared'] !== 'boolean') return;
        const grant: Grant = { objectType, object, action };
        const targets = targetsOf(grant);
        if (changes['shared'] === targets.includes(ALL)) return;
        changes['shared_with'] = changes['shared'] ? [...targets, ALL] : targets.filter((target) => target !== ALL);
        if (changes['shared']) await grantToAll(tx, grant);
        else await shareWithAllNoMore(tx, grant, changes['shared_with'] as string[]);
      },
      beforeDelete: oneByOne(async ({ id }: Values, { tx }) => {
        await tx.query('DELETE FROM rbac_policies WHERE object_id = $1', [id]);
      }),
    },
  };
}

async function shareWithAllNoMore(tx: Queryable, grant: Grant, remaining: readonly string[]): Promise<void> {
  const stranded = await strandedProject(tx, grant, remaining);
  if (stranded !== undefined) {
    throw grant.objectType === 'network'
      ? invalidSharedSetting(grant.object.name)
      : policyInUse(grant, dependsOn(grant, stranded));
  }
  await revoke(tx, grant, [ALL]);
}
