import { type Address, parseAddress } from '../net/address.ts';
import { EVERYTHING, type Prefix, parsePrefix, prefixHolds } from '../net/prefix.ts';
import type { HostTables, PortRow, SubnetRow } from '../tables/host-tables.ts';
import { interfacesOn } from './interfaces.ts';

/** How a workload begins to reach an address. */
export interface FirstHop {
  /** Address that it sends from. */
  readonly from: string;
  /** Whose MAC address it asks for: the destination itself where that is on its link; null where nothing leads to it. */
  readonly nexthop: Address | null;
}

/** An entry of the workload's routing table. */
interface Entry extends Omit<FirstHop, 'nexthop'> {
  readonly prefix: Prefix;
  readonly nexthop: Address | 'link';
}

/** The way that a workload's own routing table has for an address. Undefined when it has no address of that family. */
export function firstHop(port: PortRow, destination: Address, tables: HostTables): FirstHop | undefined {
  const own = port.addresses.filter(({ ip }) => parseAddress(ip)?.family === destination.family);
  const [first] = own;
  if (first === undefined) return undefined;
  const entries = own.flatMap(({ subnet, ip }) => {
    const row = tables.subnets.get(subnet);
    return row === undefined ? entriesByHand(port, ip, tables) : entriesOf(row, ip);
  });
  entries.push(...siblings(port, first.ip, tables));
  const best = entries.filter(({ prefix }) => prefixHolds(prefix, destination)).toSorted(byRank)[0];
  if (best === undefined) return { from: first.ip, nexthop: null };
  return { from: best.from, nexthop: best.nexthop === 'link' ? destination : best.nexthop };
}

/** The longest prefix first, of equal ones that of a link. */
function byRank(a: Entry, b: Entry): number {
  return b.prefix.length - a.prefix.length || Number(b.nexthop === 'link') - Number(a.nexthop === 'link');
}

/** What DHCP and router advertisements say of a subnet. */
function entriesOf(row: SubnetRow, from: string): Entry[] {
  const prefix = parsePrefix(row.cidr);
  if (prefix === undefined) return [];
  const { family } = prefix;
  // Only DHCPv4 tells routes: an advertisement has no room for more than its sender.
  const routes = family === 4 ? row.routes.flatMap((route) => entry(route.destination, route.nexthop, from)) : [];
  // Of several routers on an IPv6 network the one with this address advertises itself.
  const gateway = parseAddress(row.gateway ?? '');
  return [
    { prefix, nexthop: 'link', from },
    ...(gateway === undefined ? [] : [{ prefix: EVERYTHING[family], nexthop: gateway, from }]),
    ...routes,
  ];
}

function entry(destination: string, hop: string, from: string): Entry[] {
  const [prefix, nexthop] = [parsePrefix(destination), parseAddress(hop)];
  return prefix === undefined || nexthop === undefined ? [] : [{ prefix, nexthop, from }];
}

/**
 * An address of a subnet that the host does not serve is set by hand: by whoever knows the prefix, and as gateway a router there, most
 * likely the one with the first address. Without a router all may be on the link.
 */
function entriesByHand({ segment }: PortRow, from: string, tables: HostTables): Entry[] {
  const own = parseAddress(from);
  if (own === undefined) return [];
  const { family } = own;
  const [router] = interfacesOn(tables, segment)
    .flatMap(({ addresses }) => addresses)
    .flatMap((text) => {
      const [prefix, ip] = [parsePrefix(text), parseAddress(text.split('/')[0] ?? '')];
      return prefix !== undefined && ip !== undefined && prefixHolds(prefix, own) ? [{ prefix, ip }] : [];
    })
    .toSorted((a, b) => (a.ip.value < b.ip.value ? -1 : 1));
  if (router === undefined) return [{ prefix: EVERYTHING[family], nexthop: 'link', from }];
  return [
    { prefix: router.prefix, nexthop: 'link', from },
    { prefix: EVERYTHING[family], nexthop: router.ip, from },
  ];
}

/** DHCPv4 says of the other subnets of the network that they are on the link. */
function siblings({ segment }: PortRow, from: string, { subnets }: HostTables): Entry[] {
  if (from.includes(':')) return [];
  return [...subnets.values()].flatMap((row): Entry[] => {
    const prefix = row.segment === segment ? parsePrefix(row.cidr) : undefined;
    return prefix?.family === 4 ? [{ prefix, nexthop: 'link', from }] : [];
  });
}
