/** The IP protocols that rules may name, in the order in which the field's server lists them (IANA protocol numbers). */
const NUMBERS: Readonly<Record<string, number>> = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  hopopt: 0,
  icmp: 1,
  igmp: 2,
  ip: 0,
  ipip: 4,
  'ipv6-encap': 41,
  'ipv6-frag': 44,
  'ipv6-icmp': 58,
  icmpv6: 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  'ipv6-route': 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
};

export const PROTOCOL_NAMES: readonly string[] = Object.keys(NUMBERS);

export const ICMP = 1;
export const IPV6_ICMP = 58;

/** The protocols that have ports, as the field's server lists them. */
export const PROTOCOLS_WITH_PORTS: readonly string[] = ['dccp', 'sctp', 'tcp', 'udp', 'udplite'];

/** What IPv4 cannot carry: IPv6 and the parts of it. */
const OF_IPV6_ONLY = new Set(
  ['ipv6-encap', 'ipv6-frag', 'ipv6-icmp', 'ipv6-nonxt', 'ipv6-opts', 'ipv6-route'].map(protocolNumber),
);

/** The number of a protocol by its name or by the number written as text; undefined for anything else. */
export function protocolNumber(protocol: string): number | undefined {
  if (Object.hasOwn(NUMBERS, protocol)) return NUMBERS[protocol];
  const number = /^\d{1,3}$/.test(protocol) ? Number(protocol) : 256;
  return number <= 255 ? number : undefined;
}

export function hasPorts(number: number): boolean {
  return PROTOCOLS_WITH_PORTS.some((name) => NUMBERS[name] === number);
}

export function isOfIpv6Only(number: number): boolean {
  return OF_IPV6_ONLY.has(number);
}

/** In IPv6 rules the names and the number of IPv4's ICMP stand for that of IPv6 (RFC 4443). */
export function ofFamily(protocol: string, ethertype: 'IPv4' | 'IPv6'): string {
  if (ethertype === 'IPv4') return protocol;
  if (protocol === 'icmp' || protocol === 'icmpv6') return 'ipv6-icmp';
  return protocol === String(ICMP) ? String(IPV6_ICMP) : protocol;
}
