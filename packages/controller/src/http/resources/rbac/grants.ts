import type { Queryable } from '../../../store/store.ts';
import type { Values } from '../../resource/definition.ts';

export type RbacAction = 'access_as_shared' | 'access_as_external';

/** The column of an object that keeps the targets of its policies with an action. */
export const TARGETS: Readonly<Record<RbacAction, 'shared_with' | 'external_to'>> = {
  access_as_shared: 'shared_with',
  access_as_external: 'external_to',
};

export const ALL = '*';

/** What policies share. */
export type Shareable = Values & { readonly id: string; readonly project_id: string; readonly name?: string };

/** An action on one object, as policies grant it. */
export interface Grant {
  readonly objectType: string;
  readonly object: Shareable;
  readonly action: RbacAction;
}

/** The INSERT, beside that of new objects, of the policies that their targets stand for. */
export function grantsOfNew(objectType: string, action: RbacAction): string {
  return `INSERT INTO rbac_policies (project_id, object_type, object_id, action, target_project)
 SELECT made.project_id, '${objectType}', made.id, '${action}', target FROM made, unnest(made.${TARGETS[action]}) target`;
}

/** The projects, or '*', that policies grant the action to; `object` has all attributes. */
export function targetsOf({ object, action }: Omit<Grant, 'objectType'>): readonly string[] {
  return object[TARGETS[action]] as string[];
}

/** Adds the policy for all projects, in the name of the object's own. Whoever calls writes the targets of the object. */
export async function grantToAll(tx: Queryable, { objectType, object, action }: Grant): Promise<void> {
  await tx.query(
    `INSERT INTO rbac_policies (project_id, object_type, object_id, action, target_project) VALUES ($1, $2, $3, $4, $5)`,
    [object.project_id, objectType, object.id, action, ALL],
  );
}

/** Takes away the policies for `targets`. Whoever calls writes the targets of the object. */
export async function revoke(tx: Queryable, { object, action }: Grant, targets: readonly string[]): Promise<void> {
  await tx.query(
    'DELETE FROM rbac_policies WHERE object_id = $1 AND action = $2 AND target_project = ANY($3::text[])',
    [object.id, action, targets],
  );
}
