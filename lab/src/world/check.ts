import type { NetloomClient } from '@netloom/api/client/connect';
import type { TraceQuery } from '@netloom/api/client/resources';
import type { CheckLine, CheckReport } from '../report.ts';
import { judge, report, type Traced } from '../scenario/judge.ts';
import type { Expectation, ReachExpectation, Scenario } from '../scenario/scenario.ts';
import { simulateScenario } from '../scenario/simulate.ts';
import { observe, targetAddress } from './probe.ts';
import type { Workload } from './workload.ts';

export interface Checked {
  readonly scenario: Scenario;
  readonly client: NetloomClient;
  readonly workloads: ReadonlyMap<string, Workload>;
}

/** Answers every expectation twice at the same time: by the controller's trace and by packets. */
export async function checkLab({ scenario, client, workloads }: Checked): Promise<CheckReport> {
  // The API traces packets; what a name server knows is read from the same tables here.
  const simulated = new Map(simulateScenario(scenario).lines.map((line) => [line.line, line]));
  const check = async (expectation: Expectation): Promise<CheckLine> => {
    const traced =
      expectation.kind === 'reach'
        ? traceReach(expectation, client, workloads)
        : {
            verdict: simulated.get(expectation.line)?.traced ?? 'drop',
            reason: simulated.get(expectation.line)?.traceReason ?? '',
          };
    const line = judge(expectation, ...(await Promise.all([traced, observe(expectation, workloads)])));
    if (expectation.kind !== 'reach' || line.traced === line.onWire) return line;
    return { ...line, problem: `${line.problem}; ${await seenLive(expectation, client, workloads)}` };
  };
  return report(scenario.file, await Promise.all(scenario.expect.map(check)));
}

/** Where trace and wire disagree: the packet once more, watched in the data plane. */
async function seenLive(
  expectation: ReachExpectation,
  client: NetloomClient,
  workloads: ReadonlyMap<string, Workload>,
): Promise<string> {
  const query = queryOf(expectation, workloads);
  if (query === undefined) return 'there is no such packet';
  try {
    return `sent again and watched: ${(await client.liveTrace(query)).live.text}`;
  } catch (error) {
    return `watching it once more failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function queryOf(expectation: ReachExpectation, workloads: ReadonlyMap<string, Workload>): TraceQuery | undefined {
  const source = workloads.get(expectation.from);
  const to = targetAddress(expectation, workloads);
  if (source === undefined || to === undefined) return undefined;
  const { as, protocol, port } = expectation;
  return {
    from: source.port.id,
    ...(as === null ? {} : { source: as }),
    ...{ to, protocol },
    ...(port === null ? {} : { port }),
  };
}

async function traceReach(
  expectation: ReachExpectation,
  client: NetloomClient,
  workloads: ReadonlyMap<string, Workload>,
): Promise<Traced> {
  const query = queryOf(expectation, workloads);
  if (query === undefined) return { verdict: 'drop', reason: `no IPv${expectation.family} address` };
  const answer = await client.trace(query);
  const { to } = expectation;
  const target = to.kind === 'address' ? undefined : workloads.get(to.name)?.port.id;
  // Another network may use the address as well: the packet must end at the port that is meant.
  const delivered = answer.steps.filter((step) => step.what === 'deliver');
  const reached = target === undefined || delivered.some((step) => JSON.stringify(step.row).includes(target));
  if (answer.verdict === 'pass' && !reached) return { verdict: 'drop', reason: 'it arrives at another port' };
  return { verdict: answer.verdict, reason: answer.reason };
}
