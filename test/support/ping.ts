import assert from 'node:assert/strict';
import type { TestLab } from './open-lab.ts';

export interface PingResult {
  readonly sent: number;
  readonly received: number;
}

/** Pings from a workload, `count` times every `intervalMs`; gives what ping itself counted. */
export async function ping(
  lab: TestLab,
  from: string,
  flight: { to: string; count: number; intervalMs: number },
): Promise<PingResult> {
  const interval = String(flight.intervalMs / 1000);
  const { output } = await lab.run(
    from,
    'ping',
    '-q',
    '-c',
    String(flight.count),
    '-i',
    interval,
    '-W',
    '1',
    flight.to,
  );
  const match = /(\d+) packets transmitted, (\d+) received/.exec(output);
  assert.ok(match, `ping said:\n${output}`);
  return { sent: Number(match[1]), received: Number(match[2]) };
}

/** First IPv4 address of a workload. */
export async function addressOf(lab: TestLab, workload: string): Promise<string> {
  const { workloads } = await lab.status();
  const address = workloads.find(({ name }) => name === workload)?.addresses.find((text) => text.includes('.'));
  assert.ok(address, `${workload} has no IPv4 address`);
  return address;
}
