import { type IpPacket, PROTOCOL, WITH_PORTS } from '../filter/ip-packet.ts';
import { type Address, formatAddress, parseAddress } from '../net/address.ts';
import { canonicalMac, isGroupMac } from '../net/mac.ts';
import type { Packet, Target } from './packet.ts';

export interface TraceQuestion {
  /** Port of the sender. */
  readonly from: string;
  /** Address that it sends from, where that is not the one it would choose; in any text form. */
  readonly source?: string;
  /** IP or MAC address, in any text form. */
  readonly to: string;
  /** A name, which is the right one for the packet's family, or an IANA number. */
  readonly protocol: 'icmp' | 'tcp' | 'udp' | 'sctp' | number;
  /** Destination port, for protocols that have ports. */
  readonly port?: number;
  /** The first port of those that clients take for themselves, where none is given. */
  readonly sourcePort?: number;
  /** An echo request where none is given. */
  readonly icmpType?: number;
  readonly icmpCode?: number;
}

/** First dynamic port (RFC 6335), also within what Linux gives to clients. */
const EPHEMERAL_PORT = 49_152;

/** The packet that a question is about, in each family. */
export function payloadOf(question: TraceQuestion): Packet['payload'] {
  return (family): Omit<IpPacket, 'source' | 'destination'> => {
    const protocol = numberOf(question.protocol, family);
    const isIcmp = protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6;
    const type = question.icmpType ?? (protocol === PROTOCOL.icmp ? 8 : 128);
    return {
      protocol,
      sourcePort: WITH_PORTS.has(protocol) ? (question.sourcePort ?? EPHEMERAL_PORT) : null,
      destinationPort: WITH_PORTS.has(protocol) ? (question.port ?? null) : null,
      icmp: isIcmp ? { type, code: question.icmpCode ?? 0 } : null,
    };
  };
}

function numberOf(protocol: TraceQuestion['protocol'], family: 4 | 6): number {
  if (typeof protocol === 'number') return protocol;
  return protocol === 'icmp' && family === 6 ? PROTOCOL.icmpv6 : PROTOCOL[protocol];
}

export function targetOf(text: string): Target | undefined {
  const address = parseAddress(text);
  if (address !== undefined) return { kind: 'ip', text: formatAddress(address), address };
  const mac = canonicalMac(text);
  return mac === undefined ? undefined : { kind: 'mac', text: mac };
}

export function isGroup(target: Target): boolean {
  return target.kind === 'mac' ? isGroupMac(target.text) : isGroupAddress(target.address);
}

/** Multicast (224.0.0.0/4, ff00::/8) and the limited broadcast address. */
export function isGroupAddress({ family, value }: Address): boolean {
  return family === 4 ? value >> 28n === 0xen || value === 0xffff_ffffn : value >> 120n === 0xffn;
}
