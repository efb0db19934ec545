import { DHCP_OWNER } from '@netloom/core/model/port';
import { closeSpace } from '../../../ipam/free-ranges.ts';
import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';

/** Takes away what goes with a network: its DHCP port and its subnets. Throws 409 when other ports are on it. */
export async function emptyNetwork(tx: Queryable, id: string): Promise<void> {
  const subnets = await tx.query<{ id: string }>(
    'SELECT id FROM subnets WHERE network_id = $1 ORDER BY id FOR NO KEY UPDATE',
    [id],
  );
  for (const subnet of subnets) await closeSpace(tx, subnet.id);
  const ports = await tx.query<{ id: string; device_owner: string }>(
    'SELECT id, device_owner FROM ports WHERE network_id = $1 ORDER BY id FOR UPDATE',
    [id],
  );
  const others = ports.filter((port) => port.device_owner !== DHCP_OWNER);
  if (others.length > 0) throw networkInUse(id, others);
  await tx.query('DELETE FROM ports WHERE network_id = $1', [id]);
  await tx.query('DELETE FROM subnets WHERE network_id = $1', [id]);
}

export function networkInUse(id: string, ports: readonly { readonly id: string }[]): ApiError {
  const ids = ports.map((port) => port.id).join(',');
  const which = ids === '' ? '' : `, id for these ports is: ${ids}`;
  const text = `Unable to complete operation on network ${id}. There are one or more ports still in use on the network${which}.`;
  return new ApiError(409, 'NetworkInUse', text);
}
