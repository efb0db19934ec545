import type { NetloomClient } from '@netloom/api/client/connect';
import type { CheckReport } from '../report.ts';
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
  const lines = await Promise.all(
    scenario.expect.map(async (expectation: Expectation) => {
      const [traced, seen] = await Promise.all([
        expectation.kind === 'reach'
          ? traceReach(expectation, client, workloads)
          : {
              verdict: simulated.get(expectation.line)?.traced ?? 'drop',
              reason: simulated.get(expectation.line)?.traceReason ?? '',
            },
        observe(expectation, workloads),
      ]);
      return judge(expectation, traced, seen);
    }),
  );
  return report(scenario.file, lines);
}

async function traceReach(
  expectation: ReachExpectation,
  client: NetloomClient,
  workloads: ReadonlyMap<string, Workload>,
): Promise<Traced> {
  const source = workloads.get(expectation.from);
  const to = targetAddress(expectation, workloads);
  if (source === undefined || to === undefined)
    return { verdict: 'drop', reason: `no IPv${expectation.family} address` };
  const { as, protocol, port } = expectation;
  const sender = { from: source.port.id, ...(as === null ? {} : { source: as }) };
  const answer = await client.trace({ ...sender, to, protocol, ...(port === null ? {} : { port }) });
  const target = expectation.to.kind === 'workload' ? workloads.get(expectation.to.name)?.port.id : undefined;
  // Another network may use the address as well: the packet must end at the port that is meant.
  const delivered = answer.steps.filter((step) => step.what === 'deliver');
  const reached = target === undefined || delivered.some((step) => JSON.stringify(step.row).includes(target));
  if (answer.verdict === 'pass' && !reached) return { verdict: 'drop', reason: 'it arrives at another port' };
  return { verdict: answer.verdict, reason: answer.reason };
}
