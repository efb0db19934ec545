import type { TraceBody } from '@netloom/api/client/resources';
import { traceBody } from '@netloom/api/client/trace-body';
import { weave } from '@netloom/core/compile/weave';
import type { TraceQuestion } from '@netloom/core/trace/question';
import { trace } from '@netloom/core/trace/trace';
import { loomWorld } from '@netloom/core/trace/world';
import { firewallId } from './firewall-model.ts';
import { floatingIpId, floatingIpName } from './gateway-model.ts';
import { modelOf } from './model.ts';
import { routerId } from './router-model.ts';
import type { Scenario } from './scenario.ts';

/** A port as people speak of it. */
export interface TracedPort {
  readonly id: string;
  readonly name: string;
  /** Name or id of its network. */
  readonly network: string;
  readonly addresses: readonly string[];
}

/** Something that answers traces: a controller, or a scenario file. */
export interface Tracer {
  /** The ports with an id, else those with that name, else those with that address (canonical text). */
  find(reference: string): Promise<readonly TracedPort[]>;
  trace(question: TraceQuestion): Promise<TraceBody>;
  /** What people call an object; undefined when it has no name. */
  nameOf(id: string): Promise<string | undefined>;
}

/** Traces in the host tables that a scenario would give: no controller, no lab. Rules are named by their text. */
export function scenarioTracer(scenario: Scenario): Tracer {
  const model = modelOf(scenario);
  const world = loomWorld(weave(model));
  const names = new Map<string, string>([
    ...model.networks.map(({ id, name }): [string, string] => [id, name]),
    ...model.securityGroups.map(({ id, name }): [string, string] => [id, name]),
    ...[...model.portOf].map(([name, { id }]): [string, string] => [id, name]),
    ...scenario.routers.map(({ name }): [string, string] => [routerId(name), name]),
    ...scenario.floatingIps.map((spec): [string, string] => [floatingIpId(spec), floatingIpName(spec)]),
    ...scenario.firewalls.map(({ name }): [string, string] => [firewallId(name), name]),
    ...model.ruleTexts,
  ]);
  const ports = [...model.portOf].map(
    ([name, { id, networkId, fixedIps }]): TracedPort => ({
      ...{ id, name, network: names.get(networkId) ?? networkId },
      addresses: fixedIps.map(({ ip }) => ip),
    }),
  );
  const tests: ((port: TracedPort, reference: string) => boolean)[] = [
    ({ id }, reference) => id === reference,
    ({ name }, reference) => name === reference,
    ({ addresses }, reference) => addresses.includes(reference),
  ];
  return {
    find: async (reference) =>
      tests.map((test) => ports.filter((port) => test(port, reference))).find((found) => found.length > 0) ?? [],
    trace: async (question) => traceBody(trace(question, world)),
    nameOf: async (id) => names.get(id),
  };
}
