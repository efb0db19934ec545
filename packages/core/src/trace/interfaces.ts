import type { HostTables, RouterInterface, RouterRow } from '../tables/host-tables.ts';
import type { Target } from './packet.ts';

export function interfacesOn(tables: HostTables, segment: string): RouterInterface[] {
  return [...tables.routers.values()].flatMap(({ interfaces }) =>
    interfaces.filter((each) => each.segment === segment),
  );
}

/** A router, by the interface with which it takes packets. */
export interface Entrance {
  readonly router: RouterRow;
  readonly by: RouterInterface;
}

/** The router of a segment that answers to a target. */
export function findRouter(tables: HostTables, segment: string, target: Target): Entrance | undefined {
  for (const router of tables.routers.values()) {
    for (const each of router.interfaces) {
      const isMeant = target.kind === 'mac' ? each.mac === target.text : ipsOfInterface(each).includes(target.text);
      if (each.segment === segment && isMeant) return { router, by: each };
    }
  }
  return undefined;
}

/** Whether an address is one of a router's, on whatever network: it answers for all of them. */
export function hasAddress(router: RouterRow, ip: string): boolean {
  return router.interfaces.some((each) => ipsOfInterface(each).includes(ip));
}

/** Its addresses without the lengths of their prefixes. */
export function ipsOfInterface({ addresses }: RouterInterface): string[] {
  return addresses.map((address) => address.split('/')[0] ?? '');
}
