import { type Address, parseAddress } from '../net/address.ts';
import { parsePrefix, prefixHolds } from '../net/prefix.ts';
import type { HostTables, PortRow } from '../tables/host-tables.ts';

/**
 * How a workload reaches an address: the address it sends from, and whether the destination is on its own link, behind a
 * router, or unknown because its subnet is not served by the host (a workload configured by hand). Undefined when it has
 * no address of that family.
 */
export function reachOf(
  port: PortRow,
  destination: Address,
  tables: HostTables,
): { readonly from: string; readonly reach: 'link' | 'router' | 'unknown' } | undefined {
  let best: { readonly from: string; readonly reach: 'router' | 'unknown' } | undefined;
  for (const { subnet, ip } of port.addresses) {
    if (parseAddress(ip)?.family !== destination.family) continue;
    const cidr = tables.subnets.get(subnet)?.cidr;
    const prefix = cidr === undefined ? undefined : parsePrefix(cidr);
    if (prefix !== undefined && prefixHolds(prefix, destination)) return { from: ip, reach: 'link' };
    if (prefix === undefined) best = { from: ip, reach: 'unknown' };
    else best ??= { from: ip, reach: 'router' };
  }
  return best;
}
