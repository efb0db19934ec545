import { type IpPacket, PROTOCOL } from './ip-packet.ts';

/* Types of ICMPv6: MLD 130 to 132 and 143 (RFC 2710, 3810), ND 133 to 137 (RFC 4861). */
const ALWAYS_IN = new Set([130, 131, 132, 135, 136, 143]);
const ALWAYS_OUT = new Set([...ALWAYS_IN, 133]);
const ONLY_ROUTERS_SEND = new Set([134, 137]);

/** Whether a packet is one without which a port could get no address or find no neighbour: no rule is asked about it. */
export function passesAlways(direction: 'ingress' | 'egress', packet: IpPacket): boolean {
  if (packet.protocol === PROTOCOL.icmpv6) {
    return (direction === 'egress' ? ALWAYS_OUT : ALWAYS_IN).has(packet.icmp?.type ?? -1);
  }
  return direction === 'egress' && packet.protocol === PROTOCOL.udp && isDhcp(packet, 'client');
}

/** Whether a packet is one that only the network's own servers may send: DHCP answers, router advertisements, redirects. */
export function isRogue(packet: IpPacket): boolean {
  if (packet.protocol === PROTOCOL.icmpv6) return ONLY_ROUTERS_SEND.has(packet.icmp?.type ?? -1);
  return packet.protocol === PROTOCOL.udp && isDhcp(packet, 'server');
}

function isDhcp({ source, sourcePort, destinationPort }: IpPacket, sender: 'client' | 'server'): boolean {
  const ports = source.family === 4 ? { client: 68, server: 67 } : { client: 546, server: 547 };
  const receiver = sender === 'client' ? 'server' : 'client';
  return sourcePort === ports[sender] && destinationPort === ports[receiver];
}
