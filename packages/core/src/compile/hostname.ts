import type { Port } from '../model/port.ts';

/** First label of a port's DNS name: the one it was given, else "host-" and its first address (or its MAC) with dashes. */
export function hostnameOf(port: Port): string {
  if (port.dnsName !== '') return port.dnsName;
  return `host-${(port.fixedIps[0]?.ip ?? port.mac).replace(/[.:]/g, '-')}`;
}
