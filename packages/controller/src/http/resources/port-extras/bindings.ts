import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';
import type { Caller } from '../../caller.ts';
import { attributeSql, type Resource, type Values } from '../../resource/definition.ts';

/** What a port is, or would be, on a host. */
export interface Binding {
  readonly host: string;
  readonly vif_type: string;
  readonly vnic_type: string;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly profile: Readonly<Record<string, unknown>>;
  readonly vif_details: unknown;
}

/** Where a port is, and where else it may go. */
export async function readBindings(
  db: Queryable,
  port: Resource,
  { object, caller }: { object: Values; caller: Caller },
): Promise<Binding[]> {
  const { 'binding:vif_type': vifType, 'binding:vif_details': vifDetails } = port.attributes;
  const details = (type: string) => vifDetails?.derive?.value({ 'binding:vif_type': type }, undefined, caller) ?? {};
  const prepared = await db.query<Omit<Binding, 'vif_details' | 'status'>>(
    `SELECT t.host, t.profile, t.binding_vnic_type AS vnic_type, ${vifType ? attributeSql('binding:vif_type', vifType) : `'other'`} AS vif_type
 FROM (SELECT b.*, b.vnic_type AS binding_vnic_type FROM port_bindings b WHERE b.port_id = $1) t ORDER BY t.host`,
    [object['id']],
  );
  const active = {
    host: String(object['binding:host_id']),
    vif_type: String(object['binding:vif_type']),
    vnic_type: String(object['binding:vnic_type']),
    profile: (object['binding:profile'] ?? {}) as Binding['profile'],
  };
  return [
    { ...active, status: 'ACTIVE', vif_details: details(active.vif_type) },
    ...prepared.map((one): Binding => ({ ...one, status: 'INACTIVE', vif_details: details(one.vif_type) })),
  ];
}

export function refuseOthers(port: Values): void {
  if (String(port['device_owner']).startsWith('compute:')) return;
  throw new ApiError(
    400,
    'BadRequest',
    `Bad port request: Invalid port ${String(port['id'])}. Operation only valid on compute ports.`,
  );
}

export function bindingNotFound(portId: string, host: string): ApiError {
  return new ApiError(404, 'PortBindingNotFound', `Binding for port ${portId} for host ${host} could not be found.`);
}

export function bindingExists(portId: string, host: string): ApiError {
  return new ApiError(409, 'PortBindingAlreadyExists', `Binding for port ${portId} on host ${host} already exists.`);
}

export function alreadyActive(portId: string, host: string): ApiError {
  return new ApiError(409, 'PortBindingAlreadyActive', `Binding for port ${portId} on host ${host} is already active.`);
}

export function bindingFailed(portId: string, host: string): ApiError {
  return new ApiError(
    409,
    'PortBindingError',
    `Binding for port ${portId} on host ${host} could not be created or updated.`,
  );
}
