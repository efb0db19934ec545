import type { FixedIp } from '../../../ipam/allocate.ts';
import { elevated } from '../../access.ts';
import { createWithin } from '../../resource/create.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { removeWithin } from '../../resource/remove.ts';
import { updateWithin } from '../../resource/update.ts';
import { checkChanges, checkNew } from '../../resource/validate.ts';

/*
 * Ports that routers and floating IPs have: made, changed and removed on behalf of somebody who could not do so by itself, through the
 * rules that all ports are under.
 */

export const GATEWAY_OWNER = 'network:router_gateway';
export const FLOATING_IP_OWNER = 'network:floatingip';
export const INTERFACE_OWNER = 'network:router_interface';
export const DISTRIBUTED_OWNER = 'network:router_interface_distributed';
export const HA_OWNER = 'network:ha_router_replicated_interface';

/** Owners of the ports by which routers meet the networks of projects. */
export const INTERFACE_OWNERS = [INTERFACE_OWNER, DISTRIBUTED_OWNER, HA_OWNER] as const;

export type ServicePort = Values & {
  id: string;
  project_id: string;
  network_id: string;
  mac_address: string;
  fixed_ips: readonly FixedIp[];
  device_id: string;
  device_owner: string;
};

/** Makes a port of the attributes given; its project is nobody's unless one is given. */
export async function makePort(ports: Resource, wanted: Values, { tx, caller }: RuleContext): Promise<ServicePort> {
  const master = elevated(caller);
  const objects = [checkNew(ports, { project_id: '', ...wanted }, master)];
  const [made] = await createWithin(tx, ports, { objects, caller: master });
  return made as ServicePort;
}

export async function changePort(
  ports: Resource,
  { id, ...changes }: Values & { id: string },
  { tx, caller }: RuleContext,
): Promise<ServicePort> {
  const made = await updateWithin(tx, ports, { id, changes: checkChanges(ports, changes), caller: elevated(caller) });
  return made as ServicePort;
}

export async function removePort(ports: Resource, id: string, { tx, caller }: RuleContext): Promise<void> {
  await removeWithin(tx, ports, { id, caller: elevated(caller) });
}
