import { parseAddress } from '@netloom/core/net/address';
import { parsePrefix, prefixHolds } from '@netloom/core/net/prefix';
import type { HostRoute } from '../../resource/address-types.ts';
import { literal } from '../../resource/python-text.ts';
import { interfaceInUseByRoute, invalidRoutes, tooManyRoutes } from './l3-errors.ts';
import type { SubnetPrefix } from './router-subnets.ts';

const MOST_ROUTES = 30;

/** What a router can reach: the prefixes of its subnets, and addresses that are its own. */
export interface Reach {
  readonly cidrs: readonly string[];
  readonly addresses: readonly string[];
}

/** Every next hop must be on a subnet of the router, and not be the router itself. Throws 400. */
export function checkRoutes(routerId: string, routes: readonly HostRoute[], { cidrs, addresses }: Reach): void {
  if (routes.length > MOST_ROUTES) throw tooManyRoutes(routerId, MOST_ROUTES);
  for (const { nexthop } of routes) {
    if (!cidrs.some((cidr) => holds(cidr, nexthop))) {
      throw invalidRoutes(literal(routes), 'the nexthop is not connected with router');
    }
    if (addresses.includes(nexthop)) throw invalidRoutes(literal(routes), 'the nexthop is used by router');
  }
}

/** A subnet that a next hop is on cannot be taken from the router. Throws 409. */
export function refuseRouteUsers(
  routerId: string,
  routes: readonly HostRoute[],
  subnets: readonly SubnetPrefix[],
): void {
  for (const subnet of subnets) {
    if (routes.some(({ nexthop }) => holds(subnet.cidr, nexthop))) throw interfaceInUseByRoute(routerId, subnet.id);
  }
}

export function withRoutes(old: readonly HostRoute[], added: readonly HostRoute[]): HostRoute[] {
  const fresh = added.filter((route) => !old.some((other) => same(other, route)));
  return [...old, ...fresh];
}

/** Routes that are not there need no removing. */
export function withoutRoutes(old: readonly HostRoute[], removed: readonly HostRoute[]): HostRoute[] {
  return old.filter((route) => !removed.some((other) => same(other, route)));
}

function same(one: HostRoute, other: HostRoute): boolean {
  return one.destination === other.destination && one.nexthop === other.nexthop;
}

export function holds(cidr: string, ip: string): boolean {
  const prefix = parsePrefix(cidr);
  const address = parseAddress(ip);
  return prefix !== undefined && address !== undefined && prefixHolds(prefix, address);
}
