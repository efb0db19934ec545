/**
 * How fast a plan says which flows come and go: 15,000 ports, 500 security groups, 10,000 rules, in two shapes: groups at home on a few of
 * 500 networks, and groups spread over all of 50 networks. Rules name prefixes (one in four), any (one in ten), address groups and
 * security groups.
 *
 *   npm run bench -- plan [networks (500, then 50)] [ports=15000] [groups=500] [rules=10000]
 */
import type { Change } from '../../packages/core/src/model/change.ts';
import {
  type FlowDifference,
  type FlowPlanner,
  openFlowPlanner,
  type PolicyModel,
} from '../../packages/core/src/plan/flow-planner.ts';
import { flowTexts } from '../../packages/core/src/plan/flow-text.ts';
import { EMPTY_MODEL } from '../../packages/core/test/compile/objects.ts';
import { prng } from '../../packages/core/test/prng.ts';
import { makeWorld, type Shape } from './plan/world.ts';

const [networks, ports = 15_000, groups = 500, rules = 10_000] = process.argv.slice(2).map(Number);
const TRIALS = Number(process.env['TRIALS'] ?? 200);

function everything({
  networks,
  ports,
  securityGroups,
  securityGroupRules,
  addressGroupEntries,
}: PolicyModel): Change[] {
  return [
    ...networks.map((object) => ({ kind: 'network', id: object.id, object }) as const),
    ...ports.map((object) => ({ kind: 'port', id: object.id, object }) as const),
    ...securityGroups.map((object) => ({ kind: 'securityGroup', id: object.id, object }) as const),
    ...securityGroupRules.map((object) => ({ kind: 'securityGroupRule', id: object.id, object }) as const),
    ...addressGroupEntries.map((object) => ({ kind: 'addressGroupEntry', id: object.id, object }) as const),
  ];
}

interface Timed<T> {
  readonly wall: number;
  /** Of this thread: what it takes on a machine with nothing else to do. */
  readonly cpu: number;
  readonly value: T;
}

function timed<T>(work: () => T): Timed<T> {
  const [start, before] = [performance.now(), process.threadCpuUsage()];
  const value = work();
  const { user, system } = process.threadCpuUsage(before);
  return { wall: performance.now() - start, cpu: (user + system) / 1000, value };
}

function shown({ wall, cpu }: Timed<unknown>): string {
  return `${wall.toFixed(0)} ms (${cpu.toFixed(0)} ms of CPU)`;
}

/** Lines count only once they can be read. */
function linesIn({ gained, lost }: FlowDifference): number {
  const names = { nameOf: (_kind: string, id: string) => id };
  return flowTexts(gained, names).length + flowTexts(lost, names).length;
}

function report(planner: FlowPlanner, what: string, make: (i: number) => readonly Change[]): void {
  const runs = Array.from({ length: TRIALS }, (_, i) => {
    const changes = make(i);
    return timed(() => linesIn(planner.compare(changes)));
  });
  const at = (share: number, of: 'wall' | 'cpu'): string => {
    const times = runs.map((run) => run[of]).sort((a, b) => a - b);
    return (times[Math.floor(share * (TRIALS - 1))] ?? 0).toFixed(1);
  };
  const ranks = (
    [
      ['p50', 0.5],
      ['p99', 0.99],
      ['max', 1],
    ] as const
  ).map(([rank, share]) => `${rank} ${at(share, 'wall')} ms (${at(share, 'cpu')})`);
  const lines = runs.reduce((sum, { value }) => sum + value, 0) / TRIALS;
  console.log(`${what.padEnd(34)} ${ranks.join(', ')}, ${lines.toFixed(1)} lines`);
}

function run(shape: Shape): void {
  const random = prng(1);
  const { model, newPort, newRule } = makeWorld(shape, random);
  const { networks, ports, groups, rules } = shape;
  console.log(`${networks} networks, ${ports} ports, ${groups} security groups, ${rules} rules; in brackets: of CPU`);
  const opened = timed(() => openFlowPlanner(model));
  const planner = opened.value;
  console.log(`${'model read'.padEnd(34)} ${shown(opened)}`);
  report(planner, 'one rule more', (i) => [
    { kind: 'securityGroupRule', id: `x${i}`, object: { ...newRule(i), id: `x${i}` } },
  ]);
  report(planner, 'one rule less', () => [{ kind: 'securityGroupRule', id: `r${random.below(rules)}`, object: null }]);
  report(planner, 'one port into another group', () => {
    const object = random.pick(model.ports);
    return [{ kind: 'port', id: object.id, object: { ...object, securityGroups: [`g${random.below(groups)}`] } }];
  });
  report(planner, 'one port more', (i) => [
    { kind: 'port', id: `x${i}`, object: { ...newPort(ports + i), id: `x${i}` } },
  ]);
  report(planner, 'one entry of an address group less', () => {
    const { id } = random.pick(model.addressGroupEntries);
    return [{ kind: 'addressGroupEntry', id, object: null }];
  });
  const other: PolicyModel = {
    ...model,
    securityGroupRules: model.securityGroupRules.map((rule, i) =>
      random.chance(0.5) ? { ...newRule(i), id: rule.id } : rule,
    ),
  };
  const two = timed(() => linesIn(planner.compare(everything(other))));
  console.log(`${'two models, half of the rules'.padEnd(34)} ${shown(two)}, ${two.value} lines`);
  const nothing = openFlowPlanner(EMPTY_MODEL);
  const whole = timed(() => linesIn(nothing.compare(everything(model))));
  console.log(`${'whole reachability'.padEnd(34)} ${shown(whole)}, ${whole.value} lines`);
}

for (const each of networks === undefined ? [500, 50] : [networks]) run({ networks: each, ports, groups, rules });
