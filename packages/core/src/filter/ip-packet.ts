import type { Address } from '../net/address.ts';

/** What filters and firewalls look at in an IP packet. */
export interface IpPacket {
  readonly source: Address;
  readonly destination: Address;
  /** IANA protocol number. */
  readonly protocol: number;
  /** Of protocols that have ports; null for others. */
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  readonly icmp: { readonly type: number; readonly code: number } | null;
}

export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132 } as const;

/** Protocols whose packets have ports: tcp, udp, dccp, sctp, udplite (IANA). */
export const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [PROTOCOL.icmp, 'icmp'],
  [PROTOCOL.tcp, 'tcp'],
  [PROTOCOL.udp, 'udp'],
  [PROTOCOL.icmpv6, 'icmp'],
  [PROTOCOL.sctp, 'sctp'],
]);

/** Answers to ICMP queries, by the query's type (RFC 792, RFC 950, RFC 4443, RFC 4620). */
const ICMP_ANSWERS: Readonly<Record<number, ReadonlyMap<number, number>>> = {
  [PROTOCOL.icmp]: new Map([
    [8, 0],
    [13, 14],
    [15, 16],
    [17, 18],
  ]),
  [PROTOCOL.icmpv6]: new Map([
    [128, 129],
    [139, 140],
  ]),
};

/** The packet that answers one; undefined for ICMP messages that nobody answers. */
export function replyTo(packet: IpPacket): IpPacket | undefined {
  const type = packet.icmp === null ? undefined : ICMP_ANSWERS[packet.protocol]?.get(packet.icmp.type);
  if (packet.icmp !== null && type === undefined) return undefined;
  return {
    source: packet.destination,
    destination: packet.source,
    protocol: packet.protocol,
    sourcePort: packet.destinationPort,
    destinationPort: packet.sourcePort,
    icmp: type === undefined ? null : { type, code: 0 },
  };
}

/** Whether two packets are the same to whoever tracks flows. */
export function sameIp(a: IpPacket, b: IpPacket): boolean {
  return (
    a.source.family === b.source.family &&
    a.source.value === b.source.value &&
    a.destination.value === b.destination.value &&
    a.protocol === b.protocol &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort &&
    a.icmp?.type === b.icmp?.type
  );
}

/* MLD and ND: no host tracks them (RFC 2710, 4861, 3810). */
const UNTRACKED = new Set([130, 131, 132, 133, 134, 135, 136, 137, 143]);

/** Whether a packet can come without an earlier one. ICMP messages that answer something are part of its flow, or of none. */
export function standsAlone(packet: IpPacket): boolean {
  const { icmp, protocol } = packet;
  if (icmp === null || replyTo(packet) !== undefined) return true;
  return protocol === PROTOCOL.icmpv6 && UNTRACKED.has(icmp.type);
}

/** "tcp/80", "icmp", "protocol 47": a packet without its addresses. ICMP types are named where they are no echo. */
export function describe(packet: Pick<IpPacket, 'protocol' | 'destinationPort' | 'icmp'>): string {
  const { protocol, destinationPort, icmp } = packet;
  const name = PROTOCOL_NAMES.get(protocol) ?? `protocol ${protocol}`;
  if (icmp !== null && !isEcho(protocol, icmp.type)) return `${name} type ${icmp.type} code ${icmp.code}`;
  return destinationPort === null ? name : `${name}/${destinationPort}`;
}

function isEcho(protocol: number, type: number): boolean {
  return protocol === PROTOCOL.icmp ? type === 8 || type === 0 : type === 128 || type === 129;
}
