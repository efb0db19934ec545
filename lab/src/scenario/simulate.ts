import { weave } from '@netloom/core/compile/weave';
import type { Port } from '@netloom/core/model/port';
import { trace } from '@netloom/core/trace/trace';
import { loomWorld, type World } from '@netloom/core/trace/world';
import type { CheckReport } from '../report.ts';
import { judge, report, type Traced } from './judge.ts';
import { modelOf, type ScenarioModel } from './model.ts';
import type { Expectation, ReachExpectation, ResolveExpectation, Scenario, Target } from './scenario.ts';

const DNS_PORT = 53;

/** Answers every expectation from host tables alone, in milliseconds: no lab, no rights, no packets. */
export function simulateScenario(scenario: Scenario): CheckReport {
  const model = modelOf(scenario);
  const world = loomWorld(weave(model));
  const lines = scenario.expect.map((expectation) => judge(expectation, traceExpectation(expectation, model, world)));
  return report(scenario.file, lines);
}

function traceExpectation(expectation: Expectation, model: ScenarioModel, world: World): Traced {
  return expectation.kind === 'resolve' ? traceName(expectation, model, world) : traceReach(expectation, model, world);
}

function traceReach(expectation: ReachExpectation, model: ScenarioModel, world: World): Traced {
  const { from, as, to, family, protocol, port } = expectation;
  const target = to.kind === 'address' ? undefined : model.portOf.get(to.name);
  const ip = targetIp(to, family, model);
  const source = model.portOf.get(from);
  if (source === undefined || ip === undefined) return { verdict: 'drop', reason: `no IPv${family} address` };
  const sender = { from: source.id, ...(as === null ? {} : { source: as }) };
  const answer = trace({ ...sender, to: ip, protocol, ...(port === null ? {} : { port }) }, world);
  const reached = answer.steps.findLast((step) => step.way === 'there' && step.what === 'deliver')?.row?.id;
  if (answer.verdict === 'pass' && target !== undefined && reached !== target.id) {
    return { verdict: 'drop', reason: `it arrives at port ${reached ?? '?'} instead` };
  }
  return { verdict: answer.verdict, reason: answer.reason?.message ?? '' };
}

function targetIp(to: Target, family: 4 | 6, { portOf, floatingIpOf }: ScenarioModel): string | undefined {
  switch (to.kind) {
    case 'address':
      return to.ip;
    case 'workload':
      return addressOf(portOf.get(to.name), family);
    case 'floatingIp':
      return floatingIpOf.get(to.name)?.address;
  }
}

function addressOf(port: Port | undefined, family: 4 | 6): string | undefined {
  return port?.fixedIps.map((fixed) => fixed.ip).find((ip) => ip.includes(':') === (family === 6));
}

/** The name server of a network knows the ports of that network, by their host names in its domain. */
export function traceName(expectation: ResolveExpectation, model: ScenarioModel, world: World): Traced {
  const source = model.portOf.get(expectation.from);
  const host = source && world.hostOfPort(source.id);
  if (source === undefined || host === undefined) return { verdict: 'drop', reason: 'its port is bound nowhere' };
  const tables = world.tablesOf(host);
  const server = tables.dhcpServers.get(source.networkId);
  if (server === undefined) return { verdict: 'drop', reason: 'its network has no name server' };
  const queries = server.addresses.map(({ ip }) =>
    trace({ from: source.id, to: ip, protocol: 'udp', port: DNS_PORT }, world),
  );
  if (queries.every(({ verdict }) => verdict === 'drop')) {
    return { verdict: 'drop', reason: queries[0]?.reason?.message ?? 'its name server has no address' };
  }
  const name = expectation.name.toLowerCase();
  const known = [...tables.ports.values(), ...tables.remotes.values()].find(
    (row) => row.segment === source.networkId && name === `${row.hostname}.${server.domain}`,
  );
  if (known === undefined)
    return { verdict: 'drop', reason: `the name server of domain ${server.domain} has no such name` };
  const wanted = expectation.to === null ? undefined : model.portOf.get(expectation.to);
  if (wanted !== undefined && known.id !== wanted.id)
    return { verdict: 'drop', reason: `it is the name of port ${known.id}` };
  return { verdict: 'pass', reason: '' };
}
