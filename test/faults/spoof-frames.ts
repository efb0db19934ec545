import {
  arp,
  ethernet,
  type Hex,
  ICMPV6,
  icmpv6,
  ipHex,
  ipv4,
  ipv6,
  linkLayerOption,
  marked,
  ndMark,
  UDP,
  u8,
  u16,
  udpDatagram,
  vlanTag,
} from '../support/frames.ts';

/** Addresses of a port. */
export interface Party {
  readonly mac: string;
  readonly v4: string;
  readonly v6: string;
}

/** A frame that a workload sends, and where it would arrive if nothing stopped it. */
export interface Injection {
  readonly name: string;
  readonly frame: (mark: number) => Hex;
  /** Group frames stay on the host: nothing floods the underlay. */
  readonly group: boolean;
}

export interface Parties {
  readonly self: Party;
  readonly to: Party;
  /** Somebody whom the sender would like to be. */
  readonly victim: Party;
  /** Addresses that the sender's pairs allow: one with its own MAC, one with another. */
  readonly pair: string;
  readonly pairOfMac: { readonly mac: string; readonly ip: string };
}

const IPV4 = 0x0800;
const ARP = 0x0806;
const IPV6 = 0x86dd;
const VLAN = 0x8100;
const SERVICE_VLAN = 0x88a8;
const STP_GROUP = '01:80:c2:00:00:00';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const ALL_NODES = 'ff02::1';
const ALL_NODES_MAC = '33:33:00:00:00:01';
const FOREIGN_MAC = 'fa:16:3e:66:66:66';
/** Flags of an advertisement: solicited, override (RFC 4861, 4.4); reserved bits of it tell the frames apart. */
const NA_FLAGS = '600000';
/** RFC 4861, 4.2: hop limit, flags, lifetimes of router, reachability and retransmission. */
const RA_BODY = '40000708' + '00000000' + '00000000';

/** Everything that a port with port security may not send. */
export function spoofs({ self, to, victim, pair, pairOfMac }: Parties): Injection[] {
  const link = linkLocal(self.mac);
  return [
    one('MAC', (m) => datagram4(to, { ...self, mac: FOREIGN_MAC }, m)),
    one('MAC of another port', (m) => datagram4(to, { ...self, mac: victim.mac }, m)),
    one('MAC under IPv6', (m) => datagram6(to, { ...self, mac: FOREIGN_MAC }, m)),
    one('IPv4 of another port', (m) => datagram4(to, { ...self, v4: victim.v4 }, m)),
    one('IPv4 of nobody', (m) => datagram4(to, { ...self, v4: '10.20.99.99' }, m)),
    one('IPv4 from outside', (m) => datagram4(to, { ...self, v4: '192.0.2.1' }, m)),
    one('IPv6 of another port', (m) => datagram6(to, { ...self, v6: victim.v6 }, m)),
    one('IPv6 from outside', (m) => datagram6(to, { ...self, v6: '2001:db8::1' }, m)),
    one('link-local IPv6 of another port', (m) => datagram6(to, { ...self, v6: linkLocal(victim.mac) }, m)),
    one('MAC of a pair with the own IPv4', (m) => datagram4(to, { ...self, mac: pairOfMac.mac }, m)),
    one('IPv4 of the one pair with the MAC of the other', (m) =>
      datagram4(to, { ...self, mac: pairOfMac.mac, v4: pair }, m),
    ),
    one('ARP answer for another address', (m) => arpFrame(self, to, { mac: self.mac, ip: victim.v4 }, 2, m)),
    one('ARP request from another address', (m) => arpFrame(self, to, { mac: self.mac, ip: victim.v4 }, 1, m)),
    one('ARP answer with another MAC inside', (m) => arpFrame(self, to, { mac: FOREIGN_MAC, ip: self.v4 }, 2, m)),
    one('ARP answer under another MAC', (m) =>
      arpFrame({ ...self, mac: FOREIGN_MAC }, to, { mac: self.mac, ip: self.v4 }, 2, m),
    ),
    group('gratuitous ARP for another address', (m) => gratuitousArp(self, victim.v4, m)),
    one('ND target of another port', (m) => advertisement(self, to, { target: victim.v6, mac: self.mac }, m)),
    one('ND target link-layer address', (m) => advertisement(self, to, { target: self.v6, mac: FOREIGN_MAC }, m)),
    one('ND source link-layer address', (m) => solicitation(self, to, FOREIGN_MAC, m)),
    one('router advertisement', (m) => nd(self.mac, to.mac, [link, to.v6], [134, 0], RA_BODY + ndMark(m))),
    group('router advertisement to all', (m) =>
      nd(self.mac, ALL_NODES_MAC, [link, ALL_NODES], [134, 0], RA_BODY + ndMark(m)),
    ),
    one('router advertisement behind an extension header', (m) => hiddenRa(self, to, '60', m)),
    one('router advertisement in a fragment of its own', (m) => hiddenRa(self, to, '44', m)),
    one('redirect', (m) => nd(self.mac, to.mac, [link, to.v6], [137, 0], `00000000${'00'.repeat(32)}${ndMark(m)}`)),
    one('DHCP answer', (m) => datagram4(to, self, m, [67, 68])),
    group('DHCP answer to all', (m) => dhcpBroadcast(self, m)),
    one('DHCPv6 answer', (m) => datagram6(to, { ...self, v6: link }, m, [547, 546])),
    one('unknown ethertype', (m) => ethernet(to.mac, self.mac, 0x88b5, [marked(m)])),
    one('MPLS', (m) => ethernet(to.mac, self.mac, 0x8847, ['00001140', packet4(self, to, m)])),
    one('PPPoE', (m) => ethernet(to.mac, self.mac, 0x8863, ['110900000000', marked(m)])),
    one('VLAN tag', (m) => ethernet(to.mac, self.mac, VLAN, [vlanTag(7, IPV4), packet4(self, to, m)])),
    one('VLAN tag of priority alone', (m) =>
      ethernet(to.mac, self.mac, VLAN, [vlanTag(0, IPV4), packet4(self, to, m)]),
    ),
    one('service VLAN tag', (m) => ethernet(to.mac, self.mac, SERVICE_VLAN, [vlanTag(7, IPV4), packet4(self, to, m)])),
    group('STP', (m) => ethernet(STP_GROUP, self.mac, 38, ['424203', '0000000000', '8000', '000000000001', marked(m)])),
  ];
}

/** What the same port sends in all honesty. */
export function honest({ self, to, pair, pairOfMac }: Parties): Injection[] {
  const link = linkLocal(self.mac);
  return [
    one('own MAC and IPv4', (m) => datagram4(to, self, m)),
    one('own MAC and IPv6', (m) => datagram6(to, self, m)),
    one('own link-local IPv6', (m) => datagram6(to, { ...self, v6: link }, m)),
    one('IPv4 of a pair', (m) => datagram4(to, { ...self, v4: pair }, m)),
    one('MAC and IPv4 of a pair', (m) => datagram4(to, { ...self, mac: pairOfMac.mac, v4: pairOfMac.ip }, m)),
    one('own ARP answer', (m) => arpFrame(self, to, { mac: self.mac, ip: self.v4 }, 2, m)),
    one('ARP answer of a pair', (m) => arpFrame(self, to, { mac: self.mac, ip: pair }, 2, m)),
    group('own gratuitous ARP', (m) => gratuitousArp(self, self.v4, m)),
    one('own ND advertisement', (m) => advertisement(self, to, { target: self.v6, mac: self.mac }, m)),
    one('own ND solicitation', (m) => solicitation(self, to, self.mac, m)),
  ];
}

function one(name: string, frame: Injection['frame']): Injection {
  return { name, frame, group: false };
}

function group(name: string, frame: Injection['frame']): Injection {
  return { name, frame, group: true };
}

function packet4(from: Party, to: Party, mark: number, ports: readonly [number, number] = [7000, 7001]): Hex {
  return ipv4(from.v4, to.v4, UDP, udpDatagram(from.v4, to.v4, ports, marked(mark)));
}

function datagram4(to: Party, from: Party, mark: number, ports?: readonly [number, number]): Hex {
  return ethernet(to.mac, from.mac, IPV4, [packet4(from, to, mark, ports)]);
}

function datagram6(to: Party, from: Party, mark: number, ports: readonly [number, number] = [7000, 7001]): Hex {
  return ethernet(to.mac, from.mac, IPV6, [
    ipv6(from.v6, to.v6, UDP, udpDatagram(from.v6, to.v6, ports, marked(mark))),
  ]);
}

function dhcpBroadcast(self: Party, mark: number): Hex {
  const to = '255.255.255.255';
  return ethernet(BROADCAST, self.mac, IPV4, [
    ipv4(self.v4, to, UDP, udpDatagram(self.v4, to, [67, 68], marked(mark))),
  ]);
}

function arpFrame(
  from: Party,
  to: Party,
  sender: { readonly mac: string; readonly ip: string },
  operation: 1 | 2,
  mark: number,
): Hex {
  return ethernet(to.mac, from.mac, ARP, [arp(operation, sender, { mac: to.mac, ip: to.v4 }), marked(mark)]);
}

function gratuitousArp(self: Party, ip: string, mark: number): Hex {
  const claim = { mac: self.mac, ip };
  return ethernet(BROADCAST, self.mac, ARP, [arp(2, claim, { mac: BROADCAST, ip }), marked(mark)]);
}

function nd(
  mac: string,
  toMac: string,
  [from, to]: readonly [string, string],
  type: readonly [number, number],
  body: Hex,
): Hex {
  return ethernet(toMac, mac, IPV6, [ipv6(from, to, ICMPV6, icmpv6(from, to, type, body))]);
}

function advertisement(self: Party, to: Party, claim: { target: string; mac: string }, mark: number): Hex {
  const body = NA_FLAGS + u8(mark) + ipHex(claim.target) + linkLayerOption(2, claim.mac);
  return nd(self.mac, to.mac, [self.v6, to.v6], [136, 0], body);
}

function solicitation(self: Party, to: Party, mac: string, mark: number): Hex {
  const body = `000000${u8(mark)}${ipHex(to.v6)}${linkLayerOption(1, mac)}`;
  return nd(self.mac, to.mac, [self.v6, to.v6], [135, 0], body);
}

/** RFC 7113: what looks for router advertisements right behind the IPv6 header misses these. */
function hiddenRa(self: Party, to: Party, header: '44' | '60', mark: number): Hex {
  const from = linkLocal(self.mac);
  const message = icmpv6(from, to.v6, [134, 0], RA_BODY + ndMark(mark));
  // Destination options with padding alone (RFC 8200, 4.6), or a fragment that is the whole packet (RFC 6946).
  const extension = u8(ICMPV6) + (header === '60' ? '00010400000000' : `00${u16(0)}00000001`);
  return ethernet(to.mac, self.mac, IPV6, [ipv6(from, to.v6, Number(header), extension + message)]);
}

/** The address that a MAC gives itself (RFC 4291, appendix A). */
function linkLocal(mac: string): string {
  const [a = 0, ...rest] = mac.split(':').map((octet) => Number.parseInt(octet, 16));
  const [b = 0, c = 0, d = 0, e = 0, f = 0] = rest;
  const groups = [
    [a ^ 2, b],
    [c, 0xff],
    [0xfe, d],
    [e, f],
  ].map(([high = 0, low = 0]) => (high * 256 + low).toString(16));
  return `fe80::${groups.join(':')}`;
}
