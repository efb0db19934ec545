import type { AddressPair, Port } from '../model/port.ts';
import type { PortGuard } from '../tables/host-tables.ts';

/** The same for ports that mean the same, in whatever order their pairs and groups are and however often. */
export function guardOf(port: Port, firewall: string | null): PortGuard | null {
  if (!port.portSecurity) return null;
  return { pairs: distinctPairs(port.allowedPairs), filters: [...new Set(port.securityGroups)].sort(), firewall };
}

function distinctPairs(pairs: readonly AddressPair[]): AddressPair[] {
  const byText = new Map(pairs.map(({ mac, prefix }) => [`${mac} ${prefix}`, { mac, prefix }]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair);
}
