import { parsePrefix, prefixesOverlap } from '@netloom/core/net/prefix';
import type { Queryable } from '../../../store/store.ts';
import { badRequestFor } from './l3-errors.ts';
import { GATEWAY_OWNER } from './service-ports.ts';

export interface SubnetPrefix {
  readonly id: string;
  readonly cidr: string;
}

/** A port of a router with the subnets that its addresses are in; of a gateway port, all subnets of its network. */
export interface AttachedPort {
  readonly id: string;
  readonly network_id: string;
  readonly device_owner: string;
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
  readonly subnets: readonly SubnetPrefix[];
}

/** The ports of a router: gateway and interfaces, oldest first. */
export async function attachedPorts(tx: Queryable, routerId: string): Promise<AttachedPort[]> {
  return await tx.query<AttachedPort>(
    `SELECT p.id, p.network_id, p.device_owner, p.fixed_ips, (
 SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'cidr', s.cidr::text) ORDER BY s.created_at, s.id), '[]') FROM subnets s
 WHERE s.network_id = p.network_id AND (p.device_owner = $2
 OR p.fixed_ips @> jsonb_build_array(jsonb_build_object('subnet_id', s.id)))) AS subnets
 FROM ports p WHERE p.device_id = $1 AND p.device_owner LIKE 'network:%' ORDER BY p.created_at, p.id`,
    [routerId, GATEWAY_OWNER],
  );
}

/** A router cannot tell two subnets apart that hold the same address. Throws 400. */
export function refuseOverlap(attached: readonly AttachedPort[], added: readonly SubnetPrefix[]): void {
  const ids = new Set(added.map((subnet) => subnet.id));
  for (const { subnet_id: id } of attached.flatMap((port) => port.fixed_ips)) {
    if (ids.has(id)) throw badRequestFor('router', `Router already has a port on subnet ${id}`);
  }
  for (const there of attached.flatMap((port) => port.subnets)) {
    for (const one of added) {
      if (!overlap(there.cidr, one.cidr)) continue;
      throw badRequestFor(
        'router',
        `Cidr ${one.cidr} of subnet ${one.id} overlaps with cidr ${there.cidr} of subnet ${there.id}`,
      );
    }
  }
}

function overlap(one: string, other: string): boolean {
  const a = parsePrefix(one);
  const b = parsePrefix(other);
  return a !== undefined && b !== undefined && prefixesOverlap(a, b);
}
