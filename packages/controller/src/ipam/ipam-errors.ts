import { ApiError } from '../http/api-error.ts';

/*
 * What can be wrong with an address or a pool, in the types and texts of the Networking API (neutron-lib and neutron.ipam exceptions).
 */

export function noMoreAddresses(networkId: string): ApiError {
  return new ApiError(409, 'IpAddressGenerationFailure', `No more IP addresses available on network ${networkId}.`);
}

export function noServiceSubnet(networkId: string, deviceOwner: string): ApiError {
  return new ApiError(
    409,
    'IpAddressGenerationFailureNoMatchingSubnet',
    `No valid service subnet for the given device owner, network ${networkId}, service type ${deviceOwner}.`,
  );
}

export function hostNotConnected(host: string, networkId: string): ApiError {
  return new ApiError(
    409,
    'HostNotConnectedToAnySegment',
    `Host ${host} is not connected to any segments on routed provider network '${networkId}'.  It should be connected to one.`,
  );
}

export function hostNotCompatible(host: string, portId: string): ApiError {
  return new ApiError(
    409,
    'HostNotCompatibleWithFixedIps',
    `Host ${host} is not connected to a segment where the existing fixed_ips on port ${portId} will function given the routed network topology.`,
  );
}

export function severalSegments(): ApiError {
  return new ApiError(400, 'FixedIpsSubnetsNotOnSameSegment', 'Cannot allocate addresses from different segments.');
}

export function alreadyAllocated(ip: string, subnetId: string): ApiError {
  return new ApiError(409, 'IpAddressAlreadyAllocated', `IP address ${ip} already allocated in subnet ${subnetId}`);
}

export function invalidForSubnet(ip: string): ApiError {
  return new ApiError(400, 'InvalidIpForSubnet', `IP address ${ip} is not a valid IP for the specified subnet.`);
}

export function invalidForNetwork(ip: string): ApiError {
  return new ApiError(
    400,
    'InvalidIpForNetwork',
    `IP address ${ip} is not a valid IP for any of the subnets on the specified network.`,
  );
}

export function onAutoSubnet(ip: string, subnetId: string): ApiError {
  return new ApiError(
    400,
    'AllocationOnAutoAddressSubnet',
    `IPv6 address ${ip} cannot be directly assigned to a port on subnet ${subnetId} as the subnet is configured for automatic addresses`,
  );
}

export function subnetNotFound(subnetId: string): ApiError {
  return new ApiError(404, 'SubnetNotFound', `Subnet ${subnetId} could not be found.`);
}

export function invalidPool(pool: string): ApiError {
  return new ApiError(400, 'InvalidAllocationPool', `The allocation pool ${pool} is not valid.`);
}

export function poolOutOfBounds(pool: string, cidr: string): ApiError {
  return new ApiError(
    400,
    'OutOfBoundsAllocationPool',
    `The allocation pool ${pool} spans beyond the subnet cidr ${cidr}.`,
  );
}

export function overlappingPools([one, other]: readonly [string, string], cidr: string): ApiError {
  return new ApiError(
    409,
    'OverlappingAllocationPools',
    `Found overlapping allocation pools: ${one} ${other} for subnet ${cidr}.`,
  );
}

export function gatewayInPool(gateway: string, pool: string): ApiError {
  return new ApiError(
    409,
    'GatewayConflictWithAllocationPools',
    `Gateway ip ${gateway} conflicts with allocation pool ${pool}.`,
  );
}
