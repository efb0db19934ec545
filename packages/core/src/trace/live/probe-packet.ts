/** A frame as a workload sends it, told from every other by its token. JSON: so it travels to the hosts that send it and look for it. */
export interface ProbePacket {
  readonly sourceMac: string;
  readonly destinationMac: string;
  readonly content: ProbeContent;
  /** 16 hexadecimal digits. */
  readonly token: string;
}

export type ProbeContent =
  | ({ readonly kind: 'ip' } & ProbeIp)
  /** Between ends without addresses of one family. */
  | { readonly kind: 'bare' }
  /** ARP or ND: who has `target`? What a workload sends instead of a packet to somebody whose MAC address it does not know. */
  | { readonly kind: 'neighbour'; readonly source: string; readonly target: string };

/** Addresses are canonical text; the rest is as in `IpPacket`. */
export interface ProbeIp {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  readonly icmp: { readonly type: number; readonly code: number } | null;
}

/** Ethernet types (IEEE 802), the last one for local experiments. */
export const ETHER_TYPE = { ip: 0x0800, arp: 0x0806, ip6: 0x86dd, bare: 0x88b5 } as const;

/** What of the token stands where: the fields that a packet has room in are of different widths. */
export function tokenParts(token: string) {
  return { ipId: token.slice(0, 4), flowLabel: token.slice(0, 5), word: token.slice(8), all: token };
}
