import { ApiError } from '../../api-error.ts';
import type { Grant } from './grants.ts';

export function policyInUse({ object }: Grant, details: string): ApiError {
  return new ApiError(
    409,
    'RbacPolicyInUse',
    `RBAC policy on object ${object.id} cannot be removed because other objects depend on it.\nDetails: ${details}`,
  );
}

/** Why a policy must stay: `project` would lose what it uses. */
export function dependsOn({ object, objectType, action }: Grant, project: string): string {
  if (action === 'access_as_external') {
    return 'There are routers attached to this network that depend on this policy for access.';
  }
  return objectType === 'network' ? networkShared(object.name) : `project_id=${project}`;
}

export function networkShared(name = ''): string {
  return `Unable to reconfigure sharing settings for network ${name}. Multiple tenants are using it.`;
}

export function invalidSharedSetting(name = ''): ApiError {
  return new ApiError(409, 'InvalidSharedSetting', networkShared(name));
}

export function duplicatePolicy(): ApiError {
  return new ApiError(409, 'DuplicateRbacPolicy', 'An RBAC policy already exists with those values.');
}

export function policyNotFound(id: string, objectType = 'unknown'): ApiError {
  return new ApiError(404, 'RbacPolicyNotFound', `RBAC policy of type ${objectType} with ID ${id} not found`);
}
