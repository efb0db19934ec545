import { formatAddress } from '@netloom/core/net/address';
import { parsePrefix } from '@netloom/core/net/prefix';

/** An IPv6 network that is told of its router. */
export interface Advertised {
  readonly device: string;
  readonly mtu: number;
  /** Addresses with the length of their prefix; those of IPv4 do not count. */
  readonly prefixes: readonly string[];
}

/** Seconds between unsolicited advertisements, and for how long hosts take the router for one (the defaults of RFC 4861, section 6.2.1). */
const INTERVAL = 600;
const LIFETIME = 1800;
/** dnsmasq advertises no shorter prefix. */
const SHORTEST = 64;

/**
 * What dnsmasq reads to advertise a router and nothing else; empty where there is nobody to tell. How hosts come to their addresses the
 * network's own server says, in advertisements that name no router.
 */
export function advertiserConfig(networks: readonly Advertised[]): string {
  if (networks.length === 0) return '';
  const lines = ['port=0', 'no-resolv', 'no-hosts', 'bind-dynamic', 'except-interface=lo', 'quiet-ra', 'enable-ra'];
  for (const { device, mtu, prefixes } of networks) {
    lines.push(`interface=${device}`, `ra-param=${device},mtu:${mtu},${INTERVAL},${LIFETIME}`);
    for (const text of prefixes) {
      const prefix = parsePrefix(text);
      if (prefix?.family !== 6) continue;
      const first = formatAddress({ family: 6, value: prefix.first });
      lines.push(`dhcp-range=${first},ra-only,${Math.max(prefix.length, SHORTEST)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
