import { ApiError } from '../../api-error.ts';

export function securityGroupNotFound(id: string): ApiError {
  return new ApiError(404, 'SecurityGroupNotFound', `Security group ${id} does not exist`);
}

export function securityGroupInUse(id: string): ApiError {
  return new ApiError(409, 'SecurityGroupInUse', `Security Group ${id} in use.`);
}

export function addressGroupNotFound(id: string): ApiError {
  return new ApiError(404, 'AddressGroupNotFound', `Address group ${id} could not be found.`);
}

export function ruleExists(id: string): ApiError {
  return new ApiError(409, 'SecurityGroupRuleExists', `Security group rule already exists. Rule id is ${id}.`);
}

export function defaultRuleExists(id: string): ApiError {
  const text = `Default Security group rule already exists. Rule id is ${id}.`;
  return new ApiError(409, 'DefaultSecurityGroupRuleExists', text);
}
