import type { Port } from '../../../packages/core/src/model/port.ts';
import type { RuleRemote, SecurityGroupRule } from '../../../packages/core/src/model/security-group.ts';
import { formatAddress } from '../../../packages/core/src/net/address.ts';
import type { PolicyModel } from '../../../packages/core/src/plan/flow-planner.ts';
import { EMPTY_MODEL, network, port } from '../../../packages/core/test/compile/objects.ts';
import type { Prng } from '../../../packages/core/test/prng.ts';

const ADDRESS_GROUPS = 20;

export interface Shape {
  readonly networks: number;
  readonly ports: number;
  readonly groups: number;
  readonly rules: number;
}

/** A model whose parts can be made anew: the same draws give the same. */
export interface World {
  readonly model: PolicyModel;
  readonly newPort: (i: number) => Port;
  readonly newRule: (i: number) => SecurityGroupRule;
}

/** With fewer networks than groups every group has ports on all networks; else each is at home on a few. */
export function makeWorld({ networks, ports, groups, rules }: Shape, random: Prng): World {
  /** A port has one or two groups of those at home on its network. */
  function newPort(i: number): Port {
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

  function newRule(i: number): SecurityGroupRule {
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
      remote: newRemote(i),
    };
  }

  function newRemote(i: number): RuleRemote {
    const drawn = random.below(20);
    if (drawn < 2) return { kind: 'any' };
    if (drawn < 7) return { kind: 'prefix', prefix: `10.${random.below(4)}.${random.below(240)}.0/24` };
    if (drawn < 9) return { kind: 'addressGroup', group: `a${random.below(ADDRESS_GROUPS)}` };
    return { kind: 'group', group: random.chance(0.6) ? `g${i % groups}` : `g${random.below(groups)}` };
  }

  const model: PolicyModel = {
    ...EMPTY_MODEL,
    networks: Array.from({ length: networks }, (_, i) => network(`n${i}`, { vni: i + 1 })),
    ports: Array.from({ length: ports }, (_, i) => newPort(i)),
    securityGroups: Array.from({ length: groups }, (_, i) => ({
      id: `g${i}`,
      projectId: 'p',
      name: `g${i}`,
      stateful: true,
    })),
    securityGroupRules: Array.from({ length: rules }, (_, i) => newRule(i)),
    addressGroupEntries: Array.from({ length: ADDRESS_GROUPS * 10 }, (_, i) => ({
      id: `a${i % ADDRESS_GROUPS}/${i}`,
      groupId: `a${i % ADDRESS_GROUPS}`,
      prefix: `198.51.${i}.0/24`,
    })),
  };
  return { model, newPort, newRule };
}
