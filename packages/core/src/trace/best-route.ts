import { type Address, parseAddress } from '../net/address.ts';
import { EVERYTHING, type Prefix, parsePrefix, prefixHolds } from '../net/prefix.ts';
import type { HostTables, RouterInterface, RouterRow } from '../tables/host-tables.ts';

/** An entry of a router's routing table on a host. */
export interface Route {
  readonly prefix: Prefix;
  readonly out: RouterInterface;
  /** Null where the destination is on the interface's own network. */
  readonly nexthop: Address | null;
  /** What says so: the prefix of the interface, a route of the router's own, a subnet of its external network. */
  readonly by: 'interface' | 'route' | 'gateway';
}

/** The longest prefix that holds the address, of equal ones that of an interface. Interfaces on segments that the host lacks do not count. */
export function bestRoute(router: RouterRow, destination: Address, tables: HostTables): Route | undefined {
  const gateway = tables.gateways.get(router.id);
  const links = [...router.interfaces, ...(gateway === undefined ? [] : [gateway.interface])]
    .filter(({ segment }) => tables.segments.has(segment))
    .flatMap((out) =>
      out.addresses.flatMap((text): Route[] => {
        const prefix = parsePrefix(text);
        return prefix === undefined ? [] : [{ prefix, out, nexthop: null, by: 'interface' }];
      }),
    );
  const via = (prefix: Prefix | undefined, hop: string, by: Route['by']): Route[] => {
    const nexthop = parseAddress(hop);
    const link = nexthop && links.find((each) => prefixHolds(each.prefix, nexthop));
    return prefix === undefined || nexthop === undefined || link === undefined
      ? []
      : [{ prefix, out: link.out, nexthop, by }];
  };
  const statics = router.routes.flatMap((given) => via(parsePrefix(given.destination), given.nexthop, 'route'));
  const out = (gateway?.nexthops ?? []).flatMap((hop) => via(EVERYTHING[hop.includes(':') ? 6 : 4], hop, 'gateway'));
  // Equal ones stay in this order: a default route of the router's own counts more than the gateway's.
  return [...links, ...statics, ...out]
    .filter(({ prefix }) => prefixHolds(prefix, destination))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
}
