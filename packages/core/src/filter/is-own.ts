import { type Address, formatAddress } from '../net/address.ts';
import { linkLocalAddress } from '../net/mac.ts';
import type { PortGuard, PortRow } from '../tables/host-tables.ts';
import { holds } from './rule-fits.ts';

/**
 * Whether a guarded port may send from an address with a MAC, and get what is sent to them: its own MAC with an own address, an allowed
 * pair, or either MAC with the link-local address made from it (RFC 4291), without which IPv6 finds no neighbours.
 */
export function isOwn(port: PortRow & { readonly guard: PortGuard }, mac: string, address: Address): boolean {
  const { pairs } = port.guard;
  const text = formatAddress(address);
  const knowsMac = mac === port.mac || pairs.some((pair) => pair.mac === mac);
  if (knowsMac && text === linkLocalAddress(mac)) return true;
  if (mac === port.mac && port.addresses.some(({ ip }) => ip === text)) return true;
  return pairs.some((pair) => pair.mac === mac && holds(pair.prefix, address));
}
