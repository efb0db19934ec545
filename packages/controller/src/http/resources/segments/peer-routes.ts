import { type Prefix, parsePrefix, prefixHolds } from '@netloom/core/net/prefix';
import type { Queryable } from '../../../store/store.ts';

/** A subnet of a routed network, as far as routes to its peers go: the subnets of the same IP version on other segments. */
export interface RoutedSubnet {
  readonly id: string;
  readonly cidr: string;
  readonly ip_version: number;
  readonly segment_id: string | null;
  readonly gateway_ip: string | null;
  readonly host_routes: readonly HostRoute[];
}

export interface HostRoute {
  readonly destination: string;
  readonly nexthop: string;
}

/** The routes of a subnet with one to each peer by its own gateway, where none leads there yet; those by an older gateway go. */
export function withPeerRoutes(
  subnet: Omit<RoutedSubnet, 'cidr'>,
  network: readonly RoutedSubnet[],
  oldGateway: string | null = subnet.gateway_ip,
): HostRoute[] {
  const peers = network.filter(
    (peer) => peer.id !== subnet.id && peer.segment_id !== subnet.segment_id && peer.ip_version === subnet.ip_version,
  );
  const isStale = ({ destination, nexthop }: HostRoute) =>
    oldGateway !== subnet.gateway_ip && nexthop === oldGateway && peers.some((peer) => peer.cidr === destination);
  const routes = subnet.host_routes.filter((route) => !isStale(route));
  const { gateway_ip: nexthop } = subnet;
  if (nexthop === null) return routes;
  const known = routes.map(({ destination }) => parsePrefix(destination));
  const missing = peers.filter((peer) => !known.some((prefix) => covers(prefix, parsePrefix(peer.cidr))));
  return [...routes, ...missing.map(({ cidr }) => ({ destination: cidr, nexthop }))];
}

function covers(wide: Prefix | undefined, narrow: Prefix | undefined): boolean {
  if (wide === undefined || narrow === undefined || wide.length > narrow.length) return false;
  return prefixHolds(wide, { family: narrow.family, value: narrow.first });
}

export async function subnetsOf(tx: Queryable, networkId: string): Promise<readonly RoutedSubnet[]> {
  return tx.query<RoutedSubnet>(
    `SELECT id, cidr::text, ip_version, segment_id, host(gateway_ip) AS gateway_ip, host_routes FROM subnets
 WHERE network_id = $1 ORDER BY created_at, id`,
    [networkId],
  );
}

/** Brings the routes of all subnets of a network up to date, after one has come; or without one that goes next. */
export async function followPeers(tx: Queryable, networkId: string, gone?: RoutedSubnet): Promise<void> {
  await tx.query('SELECT FROM subnets WHERE network_id = $1 ORDER BY id FOR NO KEY UPDATE', [networkId]);
  const left = (await subnetsOf(tx, networkId)).filter(({ id }) => id !== gone?.id);
  for (const subnet of left) {
    const kept = subnet.host_routes.filter(
      ({ destination, nexthop }) => destination !== gone?.cidr || nexthop !== subnet.gateway_ip,
    );
    const routes = withPeerRoutes({ ...subnet, host_routes: kept }, left);
    if (routes.length === subnet.host_routes.length && kept.length === routes.length) continue;
    await tx.query(
      'UPDATE subnets SET host_routes = $2::jsonb, updated_at = now(), revision_number = revision_number + 1 WHERE id = $1',
      [subnet.id, JSON.stringify(routes)],
    );
  }
}
