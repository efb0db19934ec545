import { DHCP_OWNER } from '@netloom/core/model/port';
import { prefixHolds } from '@netloom/core/net/prefix';
import type { Queryable } from '../store/store.ts';
import { hostNotConnected, severalSegments } from './ipam-errors.ts';
import { type IpamSubnet, knownAddress } from './ipam-subnet.ts';
import type { AddressRequest } from './plan-addresses.ts';

/*
 * On a routed network each subnet is on a segment, and a host is connected to some of the segments only: a port has addresses of the
 * subnets on its host's. Rules and errors are Neutron's (objects/subnet.py, find_candidate_subnets).
 */

type Subnets = readonly IpamSubnet[];

/** Which of the subnets that are open to its owner a port may have addresses of, where it is. */
export type WhereItIs = (open: Subnets, request: Omit<AddressRequest, 'mac'>) => Subnets;

/**
 * Reads what hosts of ports are connected to, for a network that is routed. What is given throws 409 for a host that is connected to
 * none of its segments, 400 for wishes on several of them.
 */
export async function readWhere(
  tx: Queryable,
  network: { readonly id: string; readonly subnets: Subnets },
  hosts: readonly string[],
): Promise<WhereItIs> {
  if (!network.subnets.some(isOnSegment)) return (open) => open;
  const rows = await tx.query<{ host: string; segments: string[] }>(
    `SELECT host, array_agg(segment_id::text) AS segments FROM segment_hosts WHERE network_id = $1 AND host = ANY($2) GROUP BY host`,
    [network.id, hosts],
  );
  const connected = new Map(rows.map((row) => [row.host, new Set<string | null>(row.segments).add(null)]));

  return (open, request) => {
    const { host, deviceOwner } = request;
    // It is on every host.
    if (deviceOwner === DHCP_OWNER) return open;
    if (host === '') return withoutHost(open, request);
    const here = connected.get(host);
    const subnets = open.filter(({ segmentId }) => here?.has(segmentId) ?? segmentId === null);
    if (subnets.length === 0 && open.length > 0) throw hostNotConnected(host, network.id);
    return subnets;
  };
}

/** Whether a port gets its addresses only when it gets a host: until then nobody can tell from which subnets. */
export function isDeferred(open: Subnets, { host, wanted }: Pick<AddressRequest, 'host' | 'wanted'>): boolean {
  return host === '' && wanted === undefined && open.length > 0 && open.every(isOnSegment);
}

function isOnSegment({ segmentId }: IpamSubnet): boolean {
  return segmentId !== null;
}

/** Wishes say which segment the port will be on; a host that is not connected to it is refused later. */
function withoutHost(open: Subnets, { wanted, kept = [] }: Omit<AddressRequest, 'mac'>): Subnets {
  const segments = new Set<string | null>();
  for (const { subnet_id: id, ip_address: ip } of [...(wanted ?? []), ...kept]) {
    const named = open.find((subnet) =>
      id === undefined ? ip !== undefined && prefixHolds(subnet.prefix, knownAddress(ip)) : subnet.id === id,
    );
    // Whoever looks at the wish itself says what is wrong with it.
    if (named === undefined) return open;
    segments.add(named.segmentId);
  }
  if (segments.size > 1) throw severalSegments();
  const [segment = null] = segments;
  return open.filter(({ segmentId }) => segmentId === segment);
}
