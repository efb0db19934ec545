import type { HostTables } from '@netloom/core/tables/host-tables';
import type { HostFacts } from '../driver.ts';
import type { ResetsSpec } from './items.ts';
import { RESET_DEVICE } from './names.ts';

/**
 * The kernel answers a TCP packet that a rule rejects in the name of its receiver, out of the device that the packet came in by; but only
 * where a route leads back to its sender, of whom the data plane's namespace knows nothing. A bridge without ports serves as the way to
 * everywhere: nothing is ever heard there. ICMP errors would really take it, and be lost, so that nothing but TCP is answered.
 */
export const RESET_ROUTES = ['0.0.0.0/0', '::/0'];

export const RESETS_SPEC: ResetsSpec = { up: true, addrGenMode: 'none', routes: RESET_ROUTES };

/** Lines for `ip -batch` that make the device, and those that lead everything to it. */
export const RESET_DEVICE_LINE = `link add name ${RESET_DEVICE} type bridge mcast_snooping 0 forward_delay 0`;
export const RESET_LINES = [
  `link set dev ${RESET_DEVICE} addrgenmode none up`,
  ...RESET_ROUTES.map((route) => `route replace ${route} dev ${RESET_DEVICE}`),
];

/** Owners of the way back: firewalls that reject, where that can be answered. */
export function rejecters({ firewalls }: Pick<HostTables, 'firewalls'>, facts: HostFacts): string[] {
  if (!canReset(facts)) return [];
  return [...firewalls.values()]
    .filter(({ ingress, egress }) => [...ingress, ...egress].some(({ action }) => action === 'reject'))
    .map(({ id }) => `firewalls/${id}`)
    .sort();
}

export function canReset({ abilities }: HostFacts): boolean {
  return abilities['tcp_reset'] === true;
}
