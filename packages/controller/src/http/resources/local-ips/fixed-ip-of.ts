import type { FixedIp } from '../../../ipam/allocate.ts';
import type { Queryable } from '../../../store/store.ts';
import { holds } from '../../access.ts';
import type { Caller } from '../../caller.ts';
import type { Resource, Values } from '../../resource/definition.ts';
import { factsOf, selectFacts } from '../../resource/selection.ts';
import { noFixedIp, noSuchFixedIp, whichFixedIp } from './local-ip-errors.ts';

export interface PortAddresses {
  readonly id: string;
  readonly network_id: string;
  readonly device_owner: string;
  readonly fixed_ips: readonly FixedIp[];
}

/** Reads a port, which is kept from changing; undefined when the caller does not see it. */
export async function readPort(
  tx: Queryable,
  port: Resource,
  { id, caller }: { id: string; caller: Caller },
): Promise<PortAddresses | undefined> {
  const [row] = await tx.query<PortAddresses & Values>(
    `SELECT t.id, t.network_id, t.device_owner, t.fixed_ips, ${selectFacts(port)} FROM ports t WHERE t.id = $1 FOR NO KEY UPDATE OF t`,
    [id],
  );
  return row !== undefined && holds(port.access.read, caller, factsOf(row)) ? row : undefined;
}

/** The address of a port that somebody means: the one asked for, or its only one. */
export function fixedIpOf({ id, fixed_ips: ips }: PortAddresses, wanted: string | null | undefined): string {
  if (typeof wanted === 'string') {
    if (ips.length === 0) throw noFixedIp(id);
    if (ips.some((ip) => ip.ip_address === wanted)) return wanted;
    throw noSuchFixedIp(id, wanted);
  }
  const [first, ...others] = ips;
  if (first === undefined) throw noFixedIp(id);
  if (others.length > 0) throw whichFixedIp(id);
  return first.ip_address;
}
