import { setTimeout as delay } from 'node:timers/promises';
import { runIn } from '../../support/run-in.ts';
import type { Speaker, Subject } from './hosts.ts';
import { PACKET_PORT, STREAM_PORT } from './policy.ts';

/** The processor that does all the measured work; everything else runs on the others. */
export const MEASURED_CPU = 0;
const SOURCE_PORT = 5000;
const FORTH = [SOURCE_PORT, PACKET_PORT] as const;
const BACK = [PACKET_PORT, SOURCE_PORT] as const;

/** One round: what a packet or a bit cost on the one processor. */
export interface Round {
  /** Processor seconds that the senders and, on their behalf, the kernel used. */
  readonly cpu: number;
  readonly elapsed: number;
  /** Packets, or gigabits. */
  readonly amount: number;
}

/** Counts the measured packets where they arrive, and takes them off there: what a workload does with them is not our cost. */
export async function countArrivals({ to, from }: Subject): Promise<void> {
  for (const [{ namespace }, port] of [
    [to, `dport ${PACKET_PORT}`],
    [from, `sport ${PACKET_PORT}`],
  ] as const) {
    const chain = `type filter hook ingress device "eth0" priority 0\n udp ${port} counter name arrived drop\n`;
    const table = `table netdev bench {\n counter arrived {}\n chain in {\n ${chain} }\n}\n`;
    await runIn(namespace, ['nft', '-f', '-'], table);
  }
}

/** Frames put on the wire of the workload as a hypervisor does, many a system call: what the host does, and little else. */
export async function measureFrames({ from, to }: Subject, packets: number): Promise<Round> {
  await openFlow(from, to);
  await arrivals(to);
  const { output, cpu } = await timed(from, `trafgen -Q -o eth0 -i - -n ${packets} -P 1`, frame(from, to, FORTH));
  const match = /(\d+) sec, (\d+) usec on CPU/.exec(output);
  if (match === null) throw new Error(`trafgen said:\n${output}`);
  const arrived = await arrivals(to);
  if (arrived < packets) throw new Error(`only ${arrived} of ${packets} packets arrived`);
  return { cpu, elapsed: Number(match[1]) + Number(match[2]) / 1e6, amount: packets };
}

/** Datagrams of 14 bytes sent by a program through a UDP socket, one a system call. */
export async function measureDatagrams({ from, to }: Subject, seconds: number): Promise<Round> {
  await openFlow(from, to);
  await arrivals(to);
  const command = `sockperf throughput -i ${to.ip} -p ${PACKET_PORT} --client_port ${SOURCE_PORT} -m 14 -t ${seconds}`;
  const { cpu } = await timed(from, `taskset -c ${MEASURED_CPU} ${command}`);
  return { cpu, elapsed: seconds, amount: await arrivals(to) };
}

/** One TCP stream, both ends on the one processor. */
export async function measureStream({ from, to }: Subject, seconds: number): Promise<Round> {
  const pinned = `taskset -c ${MEASURED_CPU} iperf3`;
  const server = timed(to, `${pinned} -s -1 -p ${STREAM_PORT} -J`);
  await listening(to);
  const { output } = await timed(from, `${pinned} -c ${to.ip} -p ${STREAM_PORT} -C cubic -t ${seconds} -J`);
  await server;
  const { end } = JSON.parse(output.slice(0, output.lastIndexOf('}') + 1)) as IperfReport;
  const { host_total, remote_total } = end.cpu_utilization_percent;
  const { bits_per_second, seconds: elapsed } = end.sum_received;
  return {
    cpu: (elapsed * (host_total + remote_total)) / 100,
    elapsed,
    amount: (bits_per_second * elapsed) / 1e9,
  };
}

interface IperfReport {
  readonly end: {
    readonly sum_received: { readonly bits_per_second: number; readonly seconds: number };
    readonly cpu_utilization_percent: { readonly host_total: number; readonly remote_total: number };
  };
}

/** A packet each way, so that what is measured is an established flow. */
async function openFlow(from: Speaker, to: Speaker): Promise<void> {
  await arrivals(from);
  await timed(from, 'trafgen -Q -o eth0 -i - -n 1 -P 1', frame(from, to, FORTH));
  await timed(to, 'trafgen -Q -o eth0 -i - -n 1 -P 1', frame(to, from, BACK));
  if ((await arrivals(from)) !== 1) throw new Error('the answer of the measured flow did not arrive');
}

/** A UDP packet for trafgen(8): 18 octets of payload make the shortest Ethernet frame. */
export function frame(from: Speaker, to: Speaker, [source, destination]: readonly [number, number]): string {
  const udp = `udp(sp=${source}, dp=${destination}), fill(0x41, 18)`;
  return `{ eth(da=${to.mac}, sa=${from.mac}), ipv4(ttl=64, saddr=${from.ip}, daddr=${to.ip}), ${udp} }\n`;
}

async function listening({ namespace }: Speaker): Promise<void> {
  // proc(5), /proc/net/tcp: 0A is LISTEN.
  const entry = new RegExp(`:${STREAM_PORT.toString(16).toUpperCase()} \\S+ 0A `);
  for (let tries = 0; tries < 200; tries++) {
    if (entry.test(await runIn(namespace, ['cat', '/proc/net/tcp', '/proc/net/tcp6']))) return;
    await delay(10);
  }
  throw new Error('iperf3 does not listen');
}

/** Packets that arrived since the last call. */
async function arrivals({ namespace }: Speaker): Promise<number> {
  const text = await runIn(namespace, 'nft reset counter netdev bench arrived'.split(' '));
  return Number(/packets (\d+)/.exec(text)?.[1] ?? 0);
}

/** Runs a command in a workload; `cpu` is the time of its processes, of those that ended too, in seconds. */
async function timed({ namespace }: Speaker, command: string, input = ''): Promise<{ output: string; cpu: number }> {
  // bash counts in milliseconds, a plain sh in hundredths of a second.
  const script = `TIMEFORMAT='%U %S'; { time ${command}; } 2>&1`;
  const output = await runIn(namespace, ['bash', '-c', script], input);
  const times = (output.trimEnd().split('\n').at(-1) ?? '').split(' ');
  const cpu = times.reduce((sum, text) => sum + Number(text), 0);
  return { output, cpu };
}
