import type { Address } from '../net/address.ts';
import { parsePrefix, prefixHolds } from '../net/prefix.ts';
import type { AddressSetRow, FilterRemote, FilterRule } from '../tables/host-tables.ts';
import { type IpPacket, PROTOCOL } from './ip-packet.ts';

export type AddressSets = ReadonlyMap<string, AddressSetRow>;

/** Whether a rule allows a packet that goes in the rule's direction. */
export function ruleFits(rule: FilterRule, packet: IpPacket, sets: AddressSets): boolean {
  const other = rule.direction === 'ingress' ? packet.source : packet.destination;
  return (
    rule.family === other.family &&
    (rule.protocol === null || rule.protocol === packet.protocol) &&
    numbersFit(rule, packet) &&
    remoteHolds(rule.remote, other, sets)
  );
}

function numbersFit({ min, max }: FilterRule, packet: IpPacket): boolean {
  if (packet.protocol === PROTOCOL.icmp || packet.protocol === PROTOCOL.icmpv6) {
    return (min === null || min === packet.icmp?.type) && (max === null || max === packet.icmp?.code);
  }
  if (min === null) return true;
  const port = packet.destinationPort;
  return port !== null && port >= min && port <= (max ?? min);
}

function remoteHolds(remote: FilterRemote, address: Address, sets: AddressSets): boolean {
  switch (remote.kind) {
    case 'any':
      return true;
    case 'prefix':
      return holds(remote.prefix, address);
    case 'set':
      return sets
        .values()
        .some((row) => row.set === remote.set && row.prefixes.some((prefix) => holds(prefix, address)));
  }
}

/** Whether a prefix's text holds an address. */
export function holds(text: string, address: Address): boolean {
  const prefix = parsePrefix(text);
  return prefix !== undefined && prefixHolds(prefix, address);
}
