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

/** A router's interface on this host with the addresses that it answers for there. */
export interface Face {
  readonly by: RouterInterface;
  readonly macs: readonly string[];
  readonly ips: readonly string[];
}

/** Interfaces of a router on a host. Where its gateway is, that is one of them, and other hosts' packets to it come over another. */
export function facesOf(router: RouterRow, tables: HostTables): Face[] {
  const gateway = tables.gateways.get(router.id);
  const transit = gateway?.transit ?? null;
  const crossing = router.interfaces.find(({ segment }) => segment === transit?.segment);
  const inside = router.interfaces.map((by) => ({
    ...{ by, ips: ipsOfInterface(by) },
    macs: [by.mac, ...(transit !== null && by === crossing ? [transit.mac] : [])],
  }));
  if (gateway === undefined) return inside;
  const outside: Face = {
    ...{ by: gateway.interface, macs: [gateway.interface.mac] },
    // A host has many floating IPs, and mostly it is the MAC address that is asked for.
    get ips() {
      const floating = [...tables.floatingIps.values()].filter((each) => each.router === router.id);
      return [...ipsOfInterface(gateway.interface), ...floating.map(({ address }) => address)];
    },
  };
  return [...inside, outside];
}

/** The router of a segment that answers to a target. */
export function findRouter(tables: HostTables, segment: string, target: Target): Entrance | undefined {
  return findFace(tables, segment, target)?.entrance;
}

export function findFace(tables: HostTables, segment: string, target: Target) {
  for (const router of tables.routers.values()) {
    for (const face of facesOf(router, tables)) {
      if (face.by.segment !== segment) continue;
      const isMeant = (target.kind === 'mac' ? face.macs : face.ips).includes(target.text);
      if (isMeant) return { entrance: { router, by: face.by }, face };
    }
  }
  return undefined;
}

/** Whether an address is one of a router's on a host, on whatever network: it answers for all of them. */
export function hasAddress(router: RouterRow, ip: string, tables: HostTables): boolean {
  return facesOf(router, tables).some(({ ips }) => ips.includes(ip));
}

/** Its addresses without the lengths of their prefixes. */
export function ipsOfInterface({ addresses }: RouterInterface): string[] {
  return addresses.map((address) => address.split('/')[0] ?? '');
}
