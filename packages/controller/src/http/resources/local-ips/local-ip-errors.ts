import { ApiError } from '../../api-error.ts';

export function localIpNotFound(id: string): ApiError {
  return new ApiError(404, 'LocalIPNotFound', `Local IP ${id} could not be found.`);
}

export function localIpInUse(id: string): ApiError {
  return new ApiError(409, 'LocalIPInUse', `Local IP ${id} is still associated with one or more ports.`);
}

export function portOrNetworkRequired(): ApiError {
  return new ApiError(
    400,
    'LocalIPPortOrNetworkRequired',
    'Either Port ID or Network ID must be specified for Local IP create.',
  );
}

export function noFixedIp(portId: string): ApiError {
  return new ApiError(400, 'LocalIPNoIP', `Specified Port ${portId} has no fixed IPs configured.`);
}

export function noSuchFixedIp(portId: string, ip: string): ApiError {
  return new ApiError(
    400,
    'LocalIPRequestedIPNotFound',
    `Specified Port ${portId} does not have requested IP address: ${ip}.`,
  );
}

export function whichFixedIp(portId: string): ApiError {
  return new ApiError(
    400,
    'LocalIPNoRequestedIP',
    `Specified Port ${portId} has several IPs, should specify exact IP address to use for Local IP.`,
  );
}

export function badLocalIp(resource: string, message: string): ApiError {
  return new ApiError(400, 'BadRequest', `Bad ${resource} request: ${message}.`);
}

export function associationNotFound(localIpId: string, portId: string): ApiError {
  return new ApiError(
    404,
    'LocalIPAssociationNotFound',
    `Local IP ${localIpId} association with port ${portId} could not be found.`,
  );
}

export function associatedAlready(localIpId: string, portId: string): ApiError {
  return new ApiError(409, 'Conflict', `Local IP ${localIpId} is associated with port ${portId} already.`);
}

export function portInUse(portId: string): ApiError {
  return new ApiError(
    409,
    'ServicePortInUse',
    `Port ${portId} cannot be deleted directly via the port API: still referenced by Local IPs.`,
  );
}
