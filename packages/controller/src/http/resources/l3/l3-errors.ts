import { ApiError } from '../../api-error.ts';

/*
 * What can be wrong with routers, floating IPs and their parts, in the types and texts of the Networking API (neutron-lib and neutron
 * exceptions).
 */

/** "Bad router request: ...": the field's general refusal of a request about one kind of object. */
export function badRequestFor(resource: string, reason: string): ApiError {
  return new ApiError(400, 'BadRequest', `Bad ${resource} request: ${reason}.`);
}

export function routerNotFound(id: string): ApiError {
  return new ApiError(404, 'RouterNotFound', `Router ${id} could not be found`);
}

export function routerInUse(id: string, ports: readonly string[]): ApiError {
  return new ApiError(409, 'RouterInUse', `Router ${id} has ports still attached: ${ports.join(', ')}`);
}

export function gatewayInUse(routerId: string, networkId: string): ApiError {
  return new ApiError(
    409,
    'RouterExternalGatewayInUseByFloatingIp',
    `Gateway cannot be updated for router ${routerId}, since a gateway to external network ${networkId} is required by one or more floating IPs.`,
  );
}

export function interfaceInUseByFloatingIp(routerId: string, subnetId: string): ApiError {
  return new ApiError(
    409,
    'RouterInterfaceInUseByFloatingIP',
    `Router interface for subnet ${subnetId} on router ${routerId} cannot be deleted, as it is required by one or more floating IPs.`,
  );
}

export function interfaceInUseByRoute(routerId: string, subnetId: string): ApiError {
  return new ApiError(
    409,
    'RouterInterfaceInUseByRoute',
    `Router interface for subnet ${subnetId} on router ${routerId} cannot be deleted, as it is required by one or more routes.`,
  );
}

export function noInterfaceOnSubnet(routerId: string, subnetId: string): ApiError {
  return new ApiError(
    404,
    'RouterInterfaceNotFoundForSubnet',
    `Router ${routerId} has no interface on subnet ${subnetId}`,
  );
}

export function noInterface(routerId: string, portId: string): ApiError {
  return new ApiError(
    404,
    'RouterInterfaceNotFound',
    `Router ${routerId} does not have an interface with id ${portId}`,
  );
}

export function subnetNotOnPort(portId: string, subnetId: string): ApiError {
  return new ApiError(
    400,
    'SubnetMismatchForPort',
    `Subnet on port ${portId} does not match the requested subnet ${subnetId}.`,
  );
}

export function portInUse(port: { id: string; network_id: string; device_id: string }): ApiError {
  return new ApiError(
    409,
    'PortInUse',
    `Unable to complete operation on port ${port.id} for network ${port.network_id}. Port already has an attached device ${port.device_id}.`,
  );
}

export function servicePortInUse(portId: string, owner: string): ApiError {
  return new ApiError(
    409,
    'ServicePortInUse',
    `Port ${portId} cannot be deleted directly via the port API: has device owner ${owner}.`,
  );
}

export function deviceNotOwned(deviceId: string): ApiError {
  return new ApiError(
    409,
    'DeviceIDNotOwnedByTenant',
    `The following device_id ${deviceId} is not owned by your tenant or matches another tenants router.`,
  );
}

export function gatewayIpInUse(ip: string, portId: string): ApiError {
  return new ApiError(
    409,
    'GatewayIpInUse',
    `Current gateway ip ${ip} already in use by port ${portId}. Unable to update.`,
  );
}

export function floatingIpNotFound(id: string): ApiError {
  return new ApiError(404, 'FloatingIPNotFound', `Floating IP ${id} could not be found`);
}

export interface Association {
  readonly floatingIp: { readonly id: string; readonly floating_ip_address: string };
  readonly portId: string;
  readonly fixedIp: string;
  readonly networkId: string;
}

export function alreadyAssociated({ floatingIp, portId, fixedIp, networkId }: Association): ApiError {
  return new ApiError(
    409,
    'FloatingIPPortAlreadyAssociated',
    `Cannot associate floating IP ${floatingIp.floating_ip_address} (${floatingIp.id}) with port ${portId} using fixed IP ${fixedIp}, as that fixed IP already has a floating IP on external network ${networkId}.`,
  );
}

export function notReachable(networkId: string, subnetId: string, portId: string): ApiError {
  return new ApiError(
    404,
    'ExternalGatewayForFloatingIPNotFound',
    `External network ${networkId} is not reachable from subnet ${subnetId}.  Therefore, cannot associate Port ${portId} with a Floating IP.`,
  );
}

export function noExternalAddress(networkId: string): ApiError {
  return new ApiError(
    400,
    'ExternalIpAddressExhausted',
    `Unable to find any IP address on external network ${networkId}.`,
  );
}

export function stillAssociated(portId: string): ApiError {
  return new ApiError(
    409,
    'FipAssociated',
    `Unable to complete the operation on port "${portId}" because the port still has an associated floating IP.`,
  );
}

export function usedByForwarding(id: string): ApiError {
  return new ApiError(409, 'FipInUseByPortForwarding', `Floating IP ${id} in use by Port Forwarding resources.`);
}

export function portHasForwarding(portId: string): ApiError {
  return new ApiError(
    400,
    'PortHasPortForwarding',
    `Cannot associate floating IP to port ${portId} because it already has a Port Forwarding binding.`,
  );
}

export function portHasFloatingIp({ floatingIp, portId, fixedIp }: Omit<Association, 'networkId'>): ApiError {
  return new ApiError(
    409,
    'PortHasBindingFloatingIP',
    `Cannot create port forwarding to floating IP ${floatingIp.floating_ip_address} (${floatingIp.id}) with port ${portId} using fixed IP ${fixedIp}, as that port already has a binding floating IP.`,
  );
}

export function invalidRoutes(routes: string, reason: string): ApiError {
  return new ApiError(400, 'InvalidRoutes', `Invalid format for routes: ${routes}, ${reason}`);
}

export function tooManyRoutes(routerId: string, most: number): ApiError {
  return new ApiError(
    400,
    'RoutesExhausted',
    `Unable to complete operation for ${routerId}. The number of routes exceeds the maximum ${most}.`,
  );
}

export function flavorNotFound(id: string): ApiError {
  return new ApiError(404, 'FlavorNotFound', `Flavor ${id} could not be found.`);
}

export function serviceProfileNotFound(id: string): ApiError {
  return new ApiError(404, 'ServiceProfileNotFound', `Service Profile ${id} could not be found.`);
}

export function profileNotBound(profileId: string, flavorId: string): ApiError {
  return new ApiError(
    404,
    'FlavorServiceProfileBindingNotFound',
    `Service Profile ${profileId} is not associated with flavor ${flavorId}.`,
  );
}

export function gatewayInUseByProxy(routerId: string): ApiError {
  return new ApiError(
    409,
    'RouterGatewayInUseByNDPProxy',
    `Unable to unset external gateway of router ${routerId}, There are one or more ndp proxies still in use on the router.`,
  );
}

export function interfaceInUseByProxy(routerId: string, subnetId: string): ApiError {
  return new ApiError(
    409,
    'RouterInterfaceInUseByNDPProxy',
    `Unable to remove subnet ${subnetId} from router ${routerId}, There are one or more ndp proxies still in use on the subnet.`,
  );
}

export function proxyNotPossible(routerId: string, reason: string): ApiError {
  return new ApiError(409, 'RouterGatewayNotValid', `Can not enable ndp proxy on router ${routerId}, ${reason}.`);
}
