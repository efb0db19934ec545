import type { Verdict } from '../report.ts';
import type { Expectation, ReachExpectation, ResolveExpectation } from '../scenario/scenario.ts';
import type { ProvisionedPort } from './provision.ts';
import type { Workload } from './workload.ts';

export interface Observation {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly rttMs: number | null;
}

/** How long a probe waits for its answer: long where one should come, so that a busy machine is no loss. */
const PASS_TIMEOUT_MS = 5000;
const DROP_TIMEOUT_MS = 1500;

/** Sends the packets of an expectation. "pass" only when the workload named by it has answered. */
export function observe(expectation: Expectation, workloads: ReadonlyMap<string, Workload>): Promise<Observation> {
  return expectation.kind === 'resolve' ? observeName(expectation, workloads) : observeReach(expectation, workloads);
}

async function observeReach(
  expectation: ReachExpectation,
  workloads: ReadonlyMap<string, Workload>,
): Promise<Observation> {
  const { as, to, protocol, port } = expectation;
  const source = must(workloads, expectation.from);
  const target = to.kind === 'address' ? undefined : must(workloads, to.name);
  // A port is served even where the packet should not arrive: silence must come from the network, not from the target.
  if (target !== undefined && protocol !== 'icmp') await target.peer.ask({ op: 'serve', protocol, port: port ?? 0 });
  const address = targetAddress(expectation, workloads);
  if (address === undefined)
    return { verdict: 'drop', reason: `it has no IPv${expectation.family} address`, rttMs: null };
  const timeoutMs = expectation.verdict === 'pass' ? PASS_TIMEOUT_MS : DROP_TIMEOUT_MS;
  const seen = await source.peer.ask({ op: 'reach', protocol, address, source: as, port: port ?? 0, timeoutMs });
  if (!seen.answered) return { verdict: 'drop', reason: seen.reason, rttMs: null };
  if (seen.name !== null && target !== undefined && seen.name !== target.spec.name) {
    return { verdict: 'drop', reason: `${seen.name} answered instead`, rttMs: seen.rttMs };
  }
  return { verdict: 'pass', reason: '', rttMs: seen.rttMs };
}

async function observeName(
  expectation: ResolveExpectation,
  workloads: ReadonlyMap<string, Workload>,
): Promise<Observation> {
  const source = must(workloads, expectation.from);
  const started = performance.now();
  const timeoutMs = expectation.verdict === 'pass' ? PASS_TIMEOUT_MS : DROP_TIMEOUT_MS;
  const seen = await source.peer.ask({ op: 'resolve', name: expectation.name, timeoutMs });
  const rttMs = performance.now() - started;
  if (seen.addresses.length === 0) return { verdict: 'drop', reason: seen.reason, rttMs: null };
  const right = expectation.to === null ? [] : must(workloads, expectation.to).port.addresses;
  const wrong = seen.addresses.filter((address) => !right.includes(address));
  if (expectation.to !== null && wrong.length > 0) {
    return { verdict: 'drop', reason: `the answer was ${seen.addresses.join(', ')}`, rttMs };
  }
  return { verdict: 'pass', reason: '', rttMs };
}

/** Address that an expectation sends to; undefined when its target has none of that family. */
export function targetAddress(
  { to, family }: ReachExpectation,
  workloads: ReadonlyMap<string, { readonly port: Pick<ProvisionedPort, 'addresses' | 'floatingIp'> }>,
): string | undefined {
  if (to.kind === 'address') return to.ip;
  if (to.kind === 'floatingIp') return workloads.get(to.name)?.port.floatingIp ?? undefined;
  return workloads.get(to.name)?.port.addresses.find((address) => address.includes(':') === (family === 6));
}

function must(workloads: ReadonlyMap<string, Workload>, name: string): Workload {
  const found = workloads.get(name);
  if (found === undefined) throw new Error(`workload ${name} got past the parser`);
  return found;
}
