import type { FirewallRow, FirewallRule } from '../tables/host-tables.ts';
import type { IpPacket } from './ip-packet.ts';
import { holds } from './rule-fits.ts';

/** The first rule of a firewall that fits a packet in a direction; undefined when none does, which denies. */
export function firstMatch(
  firewall: FirewallRow,
  direction: 'ingress' | 'egress',
  packet: IpPacket,
): FirewallRule | undefined {
  return firewall[direction].find((rule) => fits(rule, packet));
}

function fits(rule: FirewallRule, packet: IpPacket): boolean {
  return (
    rule.family === packet.source.family &&
    (rule.protocol === null || rule.protocol === packet.protocol) &&
    (rule.source === null || holds(rule.source, packet.source)) &&
    (rule.destination === null || holds(rule.destination, packet.destination)) &&
    within(rule.sourcePorts, packet.sourcePort) &&
    within(rule.destinationPorts, packet.destinationPort)
  );
}

function within(range: readonly [number, number] | null, port: number | null): boolean {
  return range === null || (port !== null && port >= range[0] && port <= range[1]);
}
