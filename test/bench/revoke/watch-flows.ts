/// <reference lib="esnext.temporal" />
import type { Speaker } from '../filter/hosts.ts';
import { background } from './background.ts';
import { pcapStream } from './pcap-stream.ts';

export const PROTOCOLS = ['tcp', 'udp', 'icmp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Sees every packet that reaches either end of a pair from the other. */
export interface Watcher {
  /** When the last packet arrived at either end, in milliseconds since 1970; 0 when none did. */
  lastArrival(protocol: Protocol): number;
  /** The first since then, in the same measure; Infinity when there is none. */
  firstArrival(protocol: Protocol, since: number): number;
  /** Packets that arrived within the last so many milliseconds at that end where they were fewer. */
  recent(protocol: Protocol, ms: number): number;
}

const NUMBERS: Readonly<Record<Protocol, number>> = { icmp: 1, tcp: 6, udp: 17 };
/** Offset of the protocol in an Ethernet frame with IPv4. */
const PROTOCOL_OCTET = 14 + 9;
const KEPT = 2000;

/**
 * Watches both ends with tcpdump: its times are the kernel's, so neither a busy processor nor this process can make a packet late.
 * `match` narrows what is watched, as in pcap-filter(7).
 */
export async function watchFlows(pair: readonly [Speaker, Speaker], match: string): Promise<Watcher> {
  const [from, to] = pair;
  const arrivals = new Map<string, number[]>();
  const watch = (end: Speaker, other: Speaker) => {
    const filter = `src host ${other.ip} and (${match})`;
    const argv = `tcpdump -i eth0 -Q in -s 64 -U --immediate-mode -w - ${filter}`;
    const read = pcapStream(({ at, frame }) => {
      const key = `${end.ip} ${frame[PROTOCOL_OCTET]}`;
      const times = arrivals.get(key) ?? [];
      arrivals.set(key, times);
      times.push(at);
      if (times.length > 2 * KEPT) times.splice(0, KEPT);
    });
    return background(end.namespace, argv.split(' '), { onData: read, ready: /listening on/ });
  };
  await Promise.all([watch(from, to), watch(to, from)]);
  const timesOf = (protocol: Protocol) => pair.map(({ ip }) => arrivals.get(`${ip} ${NUMBERS[protocol]}`) ?? []);
  return {
    lastArrival: (protocol) => Math.max(0, ...timesOf(protocol).map((times) => times.at(-1) ?? 0)),
    firstArrival: (protocol, since) =>
      Math.min(...timesOf(protocol).map((times) => times.find((at) => at > since) ?? Number.POSITIVE_INFINITY)),
    recent(protocol, ms) {
      const since = now() - ms;
      return Math.min(...timesOf(protocol).map((times) => times.filter((at) => at > since).length));
    },
  };
}

/** Milliseconds since 1970 by the clock that the kernel stamps packets with. */
export function now(): number {
  return Number(Temporal.Now.instant().epochNanoseconds) / 1e6;
}
