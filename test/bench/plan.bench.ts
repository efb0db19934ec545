/**
 * How fast a plan says which flows come and go: 15,000 ports, 500 security groups, 10,000 rules, on as many networks as asked for. Each
 * group has its ports on a few networks; rules name prefixes (one in four), any (one in ten), address groups and security groups.
 *
 *   npm run bench -- plan [networks=500] [ports=15000] [groups=500] [rules=10000]
 */
import type { Change } from '../../packages/core/src/model/change.ts';
import type { Port } from '../../packages/core/src/model/port.ts';
import type { RuleRemote, SecurityGroupRule } from '../../packages/core/src/model/security-group.ts';
import { formatAddress } from '../../packages/core/src/net/address.ts';
import { type FlowDifference, openFlowPlanner, type PolicyModel } from '../../packages/core/src/plan/flow-planner.ts';
import { flowTexts } from '../../packages/core/src/plan/flow-text.ts';
import { network, port } from '../../packages/core/test/compile/objects.ts';
import { type Prng, prng } from '../../packages/core/test/prng.ts';

const [networks = 500, ports = 15_000, groups = 500, rules = 10_000] = process.argv.slice(2).map(Number);
const TRIALS = Number(process.env['TRIALS'] ?? 200);
const ADDRESS_GROUPS = 20;
const random = prng(1);

const model: PolicyModel = {
  networks: Array.from({ length: networks }, (_, i) => network(`n${i}`, { vni: i + 1 })),
  ports: Array.from({ length: ports }, (_, i) => newPort(i, random)),
  securityGroups: Array.from({ length: groups }, (_, i) => ({
    id: `g${i}`,
    projectId: 'p',
    name: `g${i}`,
    stateful: true,
  })),
  securityGroupRules: Array.from({ length: rules }, (_, i) => newRule(i, random)),
  addressGroupEntries: Array.from({ length: ADDRESS_GROUPS * 10 }, (_, i) => ({
    id: `a${i % ADDRESS_GROUPS}/${i}`,
    groupId: `a${i % ADDRESS_GROUPS}`,
    prefix: `198.51.${i}.0/24`,
  })),
};

/** A port has one or two groups of those at home on its network. */
function newPort(i: number, random: Prng): Port {
  const home = i % networks;
  const groupAt = () => `g${(home + random.below(4) * networks) % groups}`;
  return port(`p${i}`, `n${home}`, {
    ip: formatAddress({ family: 4, value: 0x0a00_0000n + BigInt(i) }),
    mac: `fa:16:3e:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
    securityGroups:
      networks < groups ? [`g${random.below(groups)}`] : [groupAt(), ...(random.chance(0.3) ? [groupAt()] : [])],
    portSecurity: true,
  });
}

function newRule(i: number, random: Prng): SecurityGroupRule {
  const protocol = random.pick([null, 6, 6, 6, 17, 1]);
  const min = protocol === 6 || protocol === 17 ? random.pick([22, 53, 80, 443, 1024 + random.below(60_000)]) : null;
  return {
    id: `r${i}`,
    groupId: `g${i % groups}`,
    direction: random.chance(0.7) ? 'ingress' : 'egress',
    family: 4,
    protocol,
    min,
    max: min === null ? null : min + random.pick([0, 0, 10]),
    remote: newRemote(i, random),
  };
}

function newRemote(i: number, random: Prng): RuleRemote {
  const drawn = random.below(20);
  if (drawn < 2) return { kind: 'any' };
  if (drawn < 7) return { kind: 'prefix', prefix: `10.${random.below(4)}.${random.below(240)}.0/24` };
  if (drawn < 9) return { kind: 'addressGroup', group: `a${random.below(ADDRESS_GROUPS)}` };
  return { kind: 'group', group: random.chance(0.6) ? `g${i % groups}` : `g${random.below(groups)}` };
}

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

function report(what: string, make: (i: number) => readonly Change[]): void {
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

console.log(`${networks} networks, ${ports} ports, ${groups} security groups, ${rules} rules; in brackets: of CPU`);
const opened = timed(() => openFlowPlanner(model));
const planner = opened.value;
console.log(`${'model read'.padEnd(34)} ${shown(opened)}`);
report('one rule more', (i) => [
  { kind: 'securityGroupRule', id: `x${i}`, object: { ...newRule(i, random), id: `x${i}` } },
]);
report('one rule less', () => [{ kind: 'securityGroupRule', id: `r${random.below(rules)}`, object: null }]);
report('one port into another group', () => {
  const object = random.pick(model.ports);
  return [{ kind: 'port', id: object.id, object: { ...object, securityGroups: [`g${random.below(groups)}`] } }];
});
report('one port more', (i) => [{ kind: 'port', id: `x${i}`, object: { ...newPort(ports + i, random), id: `x${i}` } }]);
report('one entry of an address group less', () => {
  const { id } = random.pick(model.addressGroupEntries);
  return [{ kind: 'addressGroupEntry', id, object: null }];
});

const other: PolicyModel = {
  ...model,
  securityGroupRules: model.securityGroupRules.map((rule, i) =>
    random.chance(0.5) ? { ...newRule(i, random), id: rule.id } : rule,
  ),
};
const two = timed(() => linesIn(planner.compare(everything(other))));
console.log(`${'two models, half of the rules'.padEnd(34)} ${shown(two)}, ${two.value} lines`);
const nothing = openFlowPlanner({
  networks: [],
  ports: [],
  securityGroups: [],
  securityGroupRules: [],
  addressGroupEntries: [],
});
const whole = timed(() => linesIn(nothing.compare(everything(model))));
console.log(`${'whole reachability'.padEnd(34)} ${shown(whole)}, ${whole.value} lines`);
