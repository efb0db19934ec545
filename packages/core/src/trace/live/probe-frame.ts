import { PROTOCOL } from '../../filter/ip-packet.ts';
import { type Address, parseAddress } from '../../net/address.ts';
import { addressHex, checksum, crc32c, hex, macHex } from './hex-bytes.ts';
import { ETHER_TYPE, type ProbeIp, type ProbePacket, tokenParts } from './probe-packet.ts';

/** "netloom live trace", for those who find the packet in a capture. */
const SIGNATURE = '6e65746c6f6f6d206c697665207472616365';
const UDP_LITE = 136;

/** The bytes of a packet from its first MAC address on, as hexadecimal text. */
export function probeFrame(packet: ProbePacket): string {
  const { content, token } = packet;
  const ends = macHex(packet.destinationMac) + macHex(packet.sourceMac);
  switch (content.kind) {
    case 'bare':
      return ends + hex(ETHER_TYPE.bare, 2) + token + SIGNATURE.padEnd(76, '0');
    case 'neighbour': {
      const [source, target] = [addressOf(content.source), addressOf(content.target)];
      return target.family === 4
        ? ends + hex(ETHER_TYPE.arp, 2) + arpRequest(packet, source, target)
        : ends + hex(ETHER_TYPE.ip6, 2) + solicitation(packet, source, target);
    }
    case 'ip': {
      const ip = endsOf(content);
      const type = ip.destination.family === 4 ? ETHER_TYPE.ip : ETHER_TYPE.ip6;
      return (
        ends +
        hex(type, 2) +
        ipPacket(ip, { protocol: content.protocol, token, hopLimit: 64 }, transport(content, ip, token))
      );
    }
  }
}

interface Ends {
  readonly source: Address;
  readonly destination: Address;
}

function endsOf(content: ProbeIp): Ends {
  return { source: addressOf(content.source), destination: addressOf(content.destination) };
}

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`"${text}" is no address`);
  return address;
}

function ipPacket(
  { source, destination }: Ends,
  about: { readonly protocol: number; readonly token: string; readonly hopLimit: number },
  payload: string,
): string {
  const { ipId, flowLabel } = tokenParts(about.token);
  const [protocol, hops, length] = [hex(about.protocol, 1), hex(about.hopLimit, 1), payload.length / 2];
  if (destination.family === 6)
    return `600${flowLabel}${hex(length, 2)}${protocol}${hops}${addressHex(source)}${addressHex(destination)}${payload}`;
  const [head, tail] = [
    `4500${hex(20 + length, 2)}${ipId}0000${hops}${protocol}`,
    addressHex(source) + addressHex(destination),
  ];
  return head + checksum(`${head}0000${tail}`) + tail + payload;
}

function transport(content: ProbeIp, ends: Ends, token: string): string {
  const { protocol, icmp } = content;
  const { word } = tokenParts(token);
  const ports = hex(content.sourcePort ?? 0, 2) + hex(content.destinationPort ?? 0, 2);
  const summed = (before: string, after: string): string => {
    const head = pseudoHeader(ends, protocol, (before.length + after.length) / 2 + 2);
    const sum = checksum(`${head}${before}0000${after}`);
    // Zero would mean that there is none (RFC 768); both are zero to whoever sums.
    return `${before}${sum === '0000' ? 'ffff' : sum}${after}`;
  };
  if (icmp !== null) {
    const [before, after] = [hex(icmp.type, 1) + hex(icmp.code, 1), word + token + SIGNATURE];
    return protocol === PROTOCOL.icmpv6 ? summed(before, after) : before + checksum(`${before}0000${after}`) + after;
  }
  switch (protocol) {
    case PROTOCOL.tcp:
      // SYN, without options.
      return summed(`${ports}${word}000000005002ffff`, '0000');
    case PROTOCOL.udp:
      return summed(ports + hex(8 + (token.length + SIGNATURE.length) / 2, 2), token + SIGNATURE);
    case UDP_LITE:
      // Coverage 0: the sum is of all of it (RFC 3828).
      return summed(`${ports}0000`, token + SIGNATURE);
    case PROTOCOL.sctp: {
      // INIT with one stream each way (RFC 9260, section 3.3.2).
      const [head, chunk] = [`${ports}00000000`, `01000014${word}0000ffff00010001${word}`];
      return head + crc32c(`${head}00000000${chunk}`) + chunk;
    }
    default:
      return `${(content.destinationPort === null ? '' : ports).padEnd(16, '0')}${token}${SIGNATURE}`;
  }
}

/** What sums of transport headers begin with (RFC 9293, section 3.1; RFC 8200, section 8.1). */
function pseudoHeader({ source, destination }: Ends, protocol: number, length: number): string {
  const bytes = destination.family === 4 ? 2 : 4;
  return addressHex(source) + addressHex(destination) + hex(protocol, bytes) + hex(length, bytes);
}

function arpRequest({ sourceMac, token }: ProbePacket, source: Address, target: Address): string {
  const sender = macHex(sourceMac) + addressHex(source);
  // The padding has room for the token: a request is shorter than the shortest frame.
  return `0001080006040001${sender}${'0'.repeat(12)}${addressHex(target)}${token}${SIGNATURE.slice(0, 20)}`;
}

function solicitation({ sourceMac, token }: ProbePacket, source: Address, target: Address): string {
  const destination = solicitedGroup(target);
  // The token's word is in what RFC 4861, section 4.3 reserves: receivers ignore it.
  const body = `${tokenParts(token).word}${addressHex(target)}0101${macHex(sourceMac)}`;
  const ends = { source, destination };
  const sum = checksum(`${pseudoHeader(ends, PROTOCOL.icmpv6, 32)}87000000${body}`);
  return ipPacket(ends, { protocol: PROTOCOL.icmpv6, token, hopLimit: 255 }, `8700${sum}${body}`);
}

/** Whom a question about an IPv6 neighbour goes to (RFC 4291, section 2.7.1). */
function solicitedGroup(target: Address): Address {
  return { family: 6, value: (0xff02n << 112n) | 0x1_ff00_0000n | (target.value & 0xff_ffffn) };
}

/** The MAC address of the same (RFC 2464, section 7), and of everybody for IPv4. */
export function questionMac(target: Address): string {
  if (target.family === 4) return 'ff:ff:ff:ff:ff:ff';
  const low = hex(target.value & 0xff_ffffn, 3);
  return `33:33:ff:${low.slice(0, 2)}:${low.slice(2, 4)}:${low.slice(4)}`;
}
