import { ApiError } from '../../api-error.ts';

/** What the API answers to wishes that subnet pools cannot grant; texts as the field's server gives them. */

export function poolNotFound(id: string): ApiError {
  return new ApiError(404, 'SubnetPoolNotFound', `Subnet pool ${id} could not be found.`);
}

export function illegalBounds(one: string, other: string): ApiError {
  return new ApiError(400, 'IllegalSubnetPoolPrefixBounds', `Illegal prefix bounds: ${one}, ${other}.`);
}

export function illegalPrefixUpdate(reason: string): ApiError {
  return new ApiError(400, 'IllegalSubnetPoolPrefixUpdate', `Illegal update to prefixes: ${reason}.`);
}

export function illegalPoolUpdate(reason: string): ApiError {
  return new ApiError(400, 'IllegalSubnetPoolUpdate', `Illegal subnetpool update : ${reason}.`);
}

/** The field's server fails with status 500 here. */
export function notAllocated(reason: string): ApiError {
  return new ApiError(409, 'SubnetAllocationError', `Failed to allocate subnet: ${reason}.`);
}

export function scopeAffinity(): ApiError {
  return new ApiError(
    400,
    'NetworkAddressScopeAffinityError',
    'Subnets of the same address family hosted on the same network must all participate in the same address scope.',
  );
}

export function poolAffinity(): ApiError {
  return new ApiError(
    400,
    'NetworkSubnetPoolAffinityError',
    'Subnets hosted on the same network must be allocated from the same subnet pool.',
  );
}

export function badSubnet(reason: string): ApiError {
  return new ApiError(400, 'BadRequest', `Bad subnets request: ${reason}.`);
}
