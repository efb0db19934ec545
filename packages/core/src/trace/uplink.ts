import { type Address, formatAddress } from '../net/address.ts';
import type { RouterRow } from '../tables/host-tables.ts';
import { dropped } from './dropped.ts';
import type { Finding, Packet, StageResult } from './packet.ts';
import type { World } from './world.ts';

/** What a router does with a packet that none of its interfaces and routes takes, on a host that does not have its gateway: sends it there. */
export function leaveByUplink(
  packet: Packet,
  { router, to, taken }: { readonly router: RouterRow; readonly to: Address; readonly taken: string },
  world: World,
): StageResult {
  const { host, routers } = packet;
  const tables = world.tablesOf(host);
  const uplink = tables.uplinks.get(router.id);
  const segment = uplink && tables.segments.get(uplink.transit.segment);
  if (uplink === undefined || segment === undefined) {
    const steps: Finding[] = [{ what: 'router', row: { table: 'routers', id: router.id }, text: taken }];
    return noRoute(packet, { router: router.id, to }, world, steps);
  }
  const { transit, vtep } = uplink;
  const text = `${taken} and sends it to its gateway, behind tunnel end ${vtep} on segment ${segment.id}`;
  const on = { ...packet, segment, mac: transit.mac, nexthop: null, router: null, vtep };
  return {
    packet: { ...on, routers: [...routers, { id: router.id, host }] },
    steps: [{ what: 'uplink', row: { table: 'uplinks', id: router.id }, text }],
  };
}

/** With the best reason that there is for it. */
function noRoute(
  packet: Packet,
  { router, to }: { readonly router: string; readonly to: Address },
  world: World,
  steps: readonly Finding[],
): StageResult {
  const { host } = packet;
  const details = { router, to: formatAddress(to), host, family: to.family };
  const other = world.hostOfGateway(router);
  if (other === undefined) return dropped(packet, 'NO_ROUTE', details, steps);
  if (other === null) return dropped(packet, 'GATEWAY_NOWHERE', details, steps);
  const gateway = world.tablesOf(other).gateways.get(router);
  if (gateway === undefined) return dropped(packet, 'GATEWAY_DOWN', { ...details, other }, steps);
  const { segment } = gateway.interface;
  return other === host
    ? dropped(packet, 'NO_GATEWAY_NEXT_HOP', { ...details, segment }, steps)
    : dropped(packet, 'NO_UPLINK', { ...details, other }, steps);
}
