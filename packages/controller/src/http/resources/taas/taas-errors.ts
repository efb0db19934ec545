import { ApiError } from '../../api-error.ts';

/* What can be wrong with taps and mirrors, in the types and texts of the Networking API (neutron-lib exceptions/taas). */

export function serviceNotFound(id: string): ApiError {
  return new ApiError(404, 'TapServiceNotFound', `Tap Service  ${id} does not exist`);
}

export function flowNotFound(id: string): ApiError {
  return new ApiError(404, 'TapFlowNotFound', `Tap Flow  ${id} does not exist`);
}

export function mirrorNotFound(id: string): ApiError {
  return new ApiError(404, 'TapMirrorNotFound', `Tap Mirror ${id} does not exist`);
}

export function sourceNotFound(id: string): ApiError {
  return new ApiError(404, 'InvalidSourcePort', `Source Port  ${id} does not exist`);
}

export function foreignPort(): ApiError {
  return new ApiError(403, 'PortDoesNotBelongToTenant', 'The specified port does not belong to the tenant');
}

export function foreignService(): ApiError {
  return new ApiError(403, 'TapServiceNotBelongToTenant', 'Specified Tap Service does not belong to the tenant');
}

export function tunnelConflict(tunnelId: string): ApiError {
  return new ApiError(409, 'TapMirrorTunnelConflict', `Tap Mirror with tunnel_id ${tunnelId} already exists`);
}
