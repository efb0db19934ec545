import { ApiError } from '../../api-error.ts';

export function parentPortInUse(portId: string): ApiError {
  return new ApiError(
    409,
    'ParentPortInUse',
    `Port ${portId} is currently in use and is not eligible for use as a parent port.`,
  );
}

export function trunkPortInUse(portId: string): ApiError {
  return new ApiError(409, 'TrunkPortInUse', `Port ${portId} is in use by another trunk.`);
}

export function trunkDisabled(trunkId: string): ApiError {
  return new ApiError(409, 'TrunkDisabled', `Trunk ${trunkId} is currently disabled.`);
}

export function trunkInUse(trunkId: string): ApiError {
  return new ApiError(409, 'TrunkInUse', `Trunk ${trunkId} is currently in use.`);
}

export function subPortNotFound(trunkId: string, portId: string): ApiError {
  return new ApiError(404, 'SubPortNotFound', `SubPort ${portId} on trunk ${trunkId} could not be found.`);
}

export function duplicateSubPort(trunkId: string, { type, id }: { type: string; id: number }): ApiError {
  return new ApiError(
    409,
    'DuplicateSubPort',
    `segmentation_type ${type} and segmentation_id ${id} already in use on trunk ${trunkId}.`,
  );
}

export function mtuTooLarge(port: { id: string; mtu: number }, parent: { id: string; mtu: number }): ApiError {
  return new ApiError(
    409,
    'SubPortMtuGreaterThanTrunkPortMtu',
    `MTU ${port.mtu} of subport ${port.id} cannot be greater than MTU ${parent.mtu} of trunk ${parent.id}.`,
  );
}

export function deviceAttached(port: { id: string; networkId: string; deviceId: string }): ApiError {
  return new ApiError(
    409,
    'PortInUse',
    `Unable to complete operation on port ${port.id} for network ${port.networkId}. Port already has an attached device ${port.deviceId}.`,
  );
}

export function portIsParent(portId: string, trunkId: string): ApiError {
  return new ApiError(409, 'PortInUseAsTrunkParent', `Port ${portId} is currently a parent port for trunk ${trunkId}.`);
}

export function portIsSubPort(portId: string, trunkId: string): ApiError {
  return new ApiError(409, 'PortInUseAsSubPort', `Port ${portId} is currently a subport for trunk ${trunkId}.`);
}
