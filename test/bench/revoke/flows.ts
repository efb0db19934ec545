import { setTimeout as delay } from 'node:timers/promises';
import { runIn } from '../../support/run-in.ts';
import type { Speaker } from '../filter/hosts.ts';
import { frame } from '../filter/measure.ts';
import { PACKET_PORT, STREAM_PORT } from '../filter/policy.ts';
import { type Background, background } from './background.ts';
import { PROTOCOLS, type Watcher } from './watch-flows.ts';

/** What `watchFlows` must see of them. */
export const WATCHED = `udp port ${PACKET_PORT} or tcp port ${STREAM_PORT} or icmp`;
const SOURCE_PORT = 6000;

/**
 * Starts three flows with a packet a millisecond each way, so that a stop is seen to the millisecond: a TCP connection with data both
 * ways, UDP both ways, and a ping with one id. Waits until all are seen.
 */
export async function startFlows(from: Speaker, to: Speaker, watcher: Watcher): Promise<void> {
  await dropUdp(from, `udp sport ${PACKET_PORT}`);
  await dropUdp(to, `udp dport ${PACKET_PORT}`);
  await sendEvery(from, '1ms', frame(from, to, [SOURCE_PORT, PACKET_PORT]));
  await sendEvery(to, '1ms', frame(to, from, [PACKET_PORT, SOURCE_PORT]));
  await startStream(from, to, STREAM_PORT);
  await background(from.namespace, `ping -q -i 0.001 -W 1 ${to.ip}`.split(' '));
  await awaitFlows(watcher);
}

/** Waits until every flow passes both ways (again). Throws after 30 s. */
export async function awaitFlows(watcher: Watcher): Promise<void> {
  for (const end = performance.now() + 30_000; performance.now() < end; await delay(10)) {
    if (PROTOCOLS.every((protocol) => watcher.recent(protocol, 50) >= 5)) return;
  }
  const seen = PROTOCOLS.map((protocol) => `${protocol} ${watcher.recent(protocol, 50)}`).join(', ');
  throw new Error(`flows do not pass; packets of the last 50 ms: ${seen}`);
}

/** A TCP connection of 64 octets a millisecond, both ways. */
export async function startStream(from: Speaker, to: Speaker, port: number): Promise<Background> {
  await background(to.namespace, `iperf3 -s -p ${port} --forceflush`.split(' '), { ready: /listening/ });
  const words = `iperf3 -c ${to.ip} -p ${port} --bidir -N -l 64 -b 512K -t 86400`;
  return background(from.namespace, words.split(' '));
}

export function sendEvery(from: Speaker, gap: string, packet: string): Promise<Background> {
  return background(from.namespace, `trafgen -Q -o eth0 -i - -t ${gap} -P 1`.split(' '), { input: packet });
}

/** Takes packets off behind the watcher and before the workload's own stack, which would answer them with ICMP errors. */
async function dropUdp({ namespace }: Speaker, match: string): Promise<void> {
  const chain = `chain in {\n type filter hook ingress device "eth0" priority 0\n ${match} drop\n }`;
  await runIn(namespace, ['nft', '-f', '-'], `table netdev flows {\n ${chain}\n}\n`);
}
