import type { Queryable } from '../../../store/store.ts';
import { ADMIN_ONLY, elevated, isTrusted } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { lockRow } from '../../resource/locked-row.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { literal, pythonText } from '../../resource/python-text.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import { invalidInput, text, uuid, type ValueType } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { strandedProject } from './dependents.ts';
import { ALL, type Grant, type RbacAction, type Shareable, TARGETS, targetsOf } from './grants.ts';
import { dependsOn, duplicatePolicy, policyInUse, policyNotFound } from './rbac-errors.ts';

type PolicyValues = Values & {
  id: string;
  project_id: string;
  object_type: string;
  object_id: string;
  action: string;
  target_tenant: string;
};

/** Policies that share objects of every resource with `rbac`. */
export function rbacPolicies(base: Built): Resource<PolicyValues> {
  const objectType: ValueType<string> = {
    ...text(),
    parse(value) {
      const type = typeof value === 'string' ? value.trim().toLowerCase() : '';
      if (resourceOf(type) !== undefined) return type;
      throw invalidInput(`'${pythonText(value)}' is not a valid RBAC object type`);
    },
  };

  function resourceOf(type: string): Resource | undefined {
    return base.all().find((resource) => resource.rbac === type);
  }

  /** Locks the object of a policy, so that who uses it stays as it is until the end. */
  async function objectOf(policy: PolicyValues, { tx, caller }: RuleContext, rule: string): Promise<Grant> {
    const resource = resourceOf(policy.object_type);
    if (resource === undefined) throw new Error(`nothing has the RBAC object type ${policy.object_type}`);
    const reader = policy.object_type === 'network' ? caller : elevated(caller);
    const object = await lockRow(tx, resource, {
      id: policy.object_id,
      caller: reader,
      rule,
      conditions: ['owner', 'shared'],
    });
    return { objectType: policy.object_type, object: object as Shareable, action: policy.action as RbacAction };
  }

  return {
    name: 'rbac_policy',
    collection: 'rbac_policies',
    path: 'rbac-policies',
    table: 'rbac_policies',
    quota: 'rbac_policy',
    notFound: policyNotFound,
    access: { read: ['owner'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      id: IDENTITY.id,
      project_id: IDENTITY.project_id,
      action: { type: text(), create: true, required: true, filter: true, sort: true },
      object_id: { type: uuid, create: true, required: true, filter: true, sort: true },
      target_tenant: {
        type: text(),
        create: ADMIN_ONLY,
        update: ADMIN_ONLY,
        guarded: (target) => target === ALL,
        required: true,
        column: 'target_project',
        filter: true,
        sort: true,
      },
      object_type: { type: objectType, create: true, required: true, filter: true, sort: true },
    },
    conflicts: { rbac_policies_key: duplicatePolicy },
    rules: {
      async beforeCreate(policies, context) {
        for (const policy of policies) {
          checkAction(policy);
          refuseStrangers(await objectOf(policy, context, 'create_rbac_policy'), context);
        }
      },
      async afterCreate(policies, context) {
        for (const policy of policies) {
          const grant = await objectOf(policy, context, 'create_rbac_policy');
          await writeTargets(context.tx, resourceOf(policy.object_type), grant, [
            ...targetsOf(grant),
            policy.target_tenant,
          ]);
        }
      },
      async beforeUpdate(old, { target_tenant: target }, context) {
        if (target === undefined || target === old.target_tenant) return;
        const grant = await objectOf(old, context, 'update_rbac_policy');
        refuseStrangers(grant, context);
        const remaining = [...targetsOf(grant).filter((one) => one !== old.target_tenant), target];
        await refuseStranding(context.tx, grant, remaining);
        await writeTargets(context.tx, resourceOf(old.object_type), grant, remaining);
      },
      beforeDelete: oneByOne(async (old, context) => {
        const grant = await objectOf(old, { ...context, caller: elevated(context.caller) }, 'delete_rbac_policy');
        const remaining = targetsOf(grant).filter((one) => one !== old.target_tenant);
        await refuseStranding(context.tx, grant, remaining);
        await writeTargets(context.tx, resourceOf(old.object_type), grant, remaining);
      }),
    },
  };
}

function checkAction({ object_type: type, action }: PolicyValues): void {
  const actions: readonly string[] =
    type === 'network' ? ['access_as_shared', 'access_as_external'] : ['access_as_shared'];
  if (actions.includes(action)) return;
  const valid = `(${actions.map(literal).join(', ')}${actions.length === 1 ? ',' : ''})`;
  throw new ApiError(
    400,
    'InvalidActionForType',
    `Invalid action '${pythonText(action)}' for object type '${type}'. Valid actions: ${valid}`,
  );
}

function refuseStrangers({ objectType, object }: Grant, { caller }: RuleContext): void {
  if (isTrusted(caller) || object.project_id === caller.projectId) return;
  const kind = objectType === 'network' ? 'networks' : 'objects';
  throw invalidInput(`Only admins can manipulate policies on ${kind} they do not own`);
}

async function refuseStranding(tx: Queryable, grant: Grant, remaining: readonly string[]): Promise<void> {
  if (grant.action === 'access_as_external' && grant.object['is_default'] === true && !remaining.includes(ALL)) {
    throw policyInUse(grant, 'Default external networks must be shared to everyone.');
  }
  const stranded = await strandedProject(tx, grant, remaining);
  if (stranded !== undefined) throw policyInUse(grant, dependsOn(grant, stranded));
}

/** The object says itself whom it is for. Of a network that is a change like any other. */
async function writeTargets(
  tx: Queryable,
  resource: Resource | undefined,
  { object, objectType, action }: Grant,
  targets: readonly string[],
): Promise<void> {
  const revised = objectType === 'network' ? ', updated_at = now(), revision_number = revision_number + 1' : '';
  await tx.query(`UPDATE ${resource?.table} SET ${TARGETS[action]} = $2::text[]${revised} WHERE id = $1`, [
    object.id,
    targets,
  ]);
}
