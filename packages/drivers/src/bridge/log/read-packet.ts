import { canonicalAddress } from '@netloom/core/net/address';
import type { LoggedPacket } from '../../driver.ts';

/** What ulogd says of a packet (ulogd.conf, plugins NFLOG, BASE and IP2STR). */
interface UlogdPacket {
  readonly 'oob.prefix'?: string;
  readonly 'oob.seq.local'?: number;
  readonly 'oob.time.sec'?: number;
  readonly 'oob.time.usec'?: number;
  readonly 'raw.pktlen'?: number;
  readonly 'ip.protocol'?: number;
  readonly 'ip6.nexthdr'?: number;
  readonly src_ip?: string;
  readonly dest_ip?: string;
  readonly src_port?: number;
  readonly dest_port?: number;
  readonly 'icmp.type'?: number;
  readonly 'icmp.code'?: number;
  readonly 'icmpv6.type'?: number;
  readonly 'icmpv6.code'?: number;
}

export interface ReadPacket {
  /** Undefined for one that is none of ours. */
  readonly packet: LoggedPacket | undefined;
  /** Counts the packets of the log group: those between two lines were lost. */
  readonly sequence: number | undefined;
}

/** Reads a line of ulogd's JSON; undefined for any other line. */
export function readPacketLine(line: string, now: number): ReadPacket | undefined {
  if (!line.startsWith('{')) return undefined;
  let said: UlogdPacket;
  try {
    said = JSON.parse(line) as UlogdPacket;
  } catch {
    return undefined;
  }
  return { packet: toPacket(said, now), sequence: said['oob.seq.local'] };
}

/** The prefix is as log-rules.ts writes it. */
function toPacket(said: UlogdPacket, now: number): LoggedPacket | undefined {
  const [, letter, direction, rule = '-', device = ''] =
    /^([AD]) (ingress|egress) ([\w-]+) ([\w.-]+)$/.exec((said['oob.prefix'] ?? '').trim()) ?? [];
  const [source, destination] = [canonicalAddress(said.src_ip ?? ''), canonicalAddress(said.dest_ip ?? '')];
  if (letter === undefined || source === undefined || destination === undefined) return undefined;
  const seconds = said['oob.time.sec'];
  return {
    // The kernel gives no time to what the host sends by itself.
    at: seconds === undefined ? now : seconds * 1000 + Math.floor((said['oob.time.usec'] ?? 0) / 1000),
    device,
    verdict: letter === 'A' ? 'ACCEPT' : 'DROP',
    direction: direction === 'ingress' ? 'ingress' : 'egress',
    rule: rule === '-' ? null : rule,
    protocol: said['ip.protocol'] ?? said['ip6.nexthdr'] ?? 0,
    source,
    destination,
    sourcePort: said.src_port ?? null,
    destinationPort: said.dest_port ?? null,
    icmpType: said['icmp.type'] ?? said['icmpv6.type'] ?? null,
    icmpCode: said['icmp.code'] ?? said['icmpv6.code'] ?? null,
    bytes: said['raw.pktlen'] ?? 0,
  };
}
