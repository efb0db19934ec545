import type { Scenario } from '../scenario/scenario.ts';
import { type Cell, ipBatch } from './cell.ts';

/** Addresses that a workload has beside its port's: those of its allowed pairs, and what expectations make it send from. */
export function extraAddresses({ workloads, expect }: Scenario, name: string): string[] {
  const pairs = workloads.find((each) => each.name === name)?.pairs ?? [];
  const allowed = pairs.flatMap(({ prefix, mac }) => {
    const [address = '', length] = prefix.split('/');
    return mac === null && length === (address.includes(':') ? '128' : '32') ? [address] : [];
  });
  const asked = expect.flatMap((line) => (line.kind === 'reach' && line.from === name ? (line.as ?? []) : []));
  return [...new Set([...allowed, ...asked])];
}

export async function addAddresses(workload: Cell, addresses: readonly string[]): Promise<void> {
  // Some are other workloads' addresses on purpose: a check for duplicates would only tell that.
  const lines = addresses.map(
    (ip) => `address replace ${ip}/${ip.includes(':') ? '128' : '32'} dev eth0 ${ip.includes(':') ? 'nodad' : ''}`,
  );
  if (lines.length > 0) await ipBatch(workload, lines);
}
