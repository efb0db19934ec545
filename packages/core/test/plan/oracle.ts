import { firstMatch } from '@netloom/core/filter/firewall-verdict';
import type { Port } from '@netloom/core/model/port';
import type { SecurityGroupRule } from '@netloom/core/model/security-group';
import { type Address, parseAddress } from '@netloom/core/net/address';
import type { PolicyModel } from '@netloom/core/plan/flow-planner';
import { ADDRESSES, PACKETS, type TriedPacket } from './random-policy.ts';

/* Flows by trying every packet, written from what rules mean and without a line of the engine; firewalls by what trace asks. */

/** Somebody on a network: a port with one of its addresses, or (null) whoever else may have the address. */
export interface End {
  readonly port: string | null;
  readonly address: string;
}

export type Oracle = ReturnType<typeof oracle>;

export function oracle(model: PolicyModel) {
  const ports = new Map(model.ports.map((port) => [port.id, port]));
  const groups = new Set(model.securityGroups.map(({ id }) => id));
  const known = new Map<string, readonly boolean[]>();

  /** For each of PACKETS, whether a port may send it to an address, or get it from there. */
  function allowed(port: Port, direction: 'ingress' | 'egress', own: string, other: string): readonly boolean[] {
    const key = `${port.id} ${direction} ${own} ${other}`;
    let answer = known.get(key);
    if (answer === undefined) {
      const rules = model.securityGroupRules.filter(
        (rule) =>
          port.securityGroups.includes(rule.groupId) &&
          groups.has(rule.groupId) &&
          rule.direction === direction &&
          rule.family === familyOf(other) &&
          isRemote(rule, other),
      );
      const passes = firewallAt(port.id, direction, direction === 'egress' ? [own, other] : [other, own]);
      answer = PACKETS.map(
        (packet) => !port.portSecurity || (rules.some((rule) => fits(rule, packet)) && passes(packet)),
      );
      known.set(key, answer);
    }
    return answer;
  }

  /** Whether the firewall that a port is in, if any, lets packets through from one address to another. */
  function firewallAt(port: string, direction: 'ingress' | 'egress', [from = '', to = '']: readonly string[]) {
    const member = model.firewallGroupPorts.find(({ id }) => id === port);
    const group = model.firewallGroups.find(({ id }) => id === member?.groupId);
    const policy = direction === 'ingress' ? group?.ingressPolicy : group?.egressPolicy;
    const ids = group?.adminStateUp ? (model.firewallPolicies.find(({ id }) => id === policy)?.rules ?? []) : [];
    const rules = ids
      .flatMap((rule) => model.firewallRules.find(({ id }) => id === rule) ?? [])
      .filter(({ enabled, source, destination }) => enabled && isOneOf(from, source) && isOneOf(to, destination))
      .map((rule) => ({ ...rule, source: null, destination: null }));
    const firewall = { id: '', ingress: rules, egress: rules };
    const [source, destination] = [parseAddress(from) as Address, parseAddress(to) as Address];
    return ([protocol, first, second, sourcePort]: TriedPacket): boolean => {
      if (member === undefined) return true;
      const icmp = protocol === 1 || protocol === 58 ? { type: first, code: second } : null;
      const destinationPort = sourcePort === null ? null : first;
      const packet = { source, destination, protocol, sourcePort, destinationPort, icmp };
      return firstMatch(firewall, direction, packet)?.action === 'allow';
    };
  }

  function isRemote({ remote }: SecurityGroupRule, address: string): boolean {
    switch (remote.kind) {
      case 'any':
        return true;
      case 'prefix':
        return isIn(address, remote.prefix);
      case 'group':
        return model.ports.some(
          (port) => port.portSecurity && port.securityGroups.includes(remote.group) && has(port, address),
        );
      case 'addressGroup':
        return model.addressGroupEntries.some((entry) => entry.groupId === remote.group && isIn(address, entry.prefix));
    }
  }

  function isPresent(network: string, port: Port | undefined): port is Port {
    return (
      port?.networkId === network &&
      port.adminStateUp &&
      model.networks.some(({ id, adminStateUp }) => id === network && adminStateUp)
    );
  }

  return {
    model,
    has: (port: string, address: string): boolean => {
      const found = ports.get(port);
      return found !== undefined && has(found, address);
    },
    /** Ports that can send and get on a network. */
    portsOn: (network: string): Port[] => model.ports.filter((port) => isPresent(network, port)),
    /** Single addresses that are some port's on the network, be it up or down. */
    taken: (network: string): string[] =>
      model.ports
        .filter((port) => port.networkId === network)
        .flatMap((port) => [
          ...port.fixedIps.map(({ ip }) => ip),
          ...(port.portSecurity ? port.allowedPairs.map(({ prefix }) => prefix) : []).flatMap((prefix) =>
            /\/(32|128)$/.test(prefix) ? [prefix.replace(/\/.*/, '')] : [],
          ),
        ]),
    /** For each of PACKETS, whether the one may send it to the other. */
    possible(network: string, from: End, to: End): readonly boolean[] {
      const nothing = PACKETS.map(() => false);
      let answer: readonly boolean[] = PACKETS.map(() => true);
      if (from.port !== null) {
        const port = ports.get(from.port);
        if (!isPresent(network, port) || !has(port, from.address)) return nothing;
        answer = allowed(port, 'egress', from.address, to.address);
      }
      if (to.port !== null) {
        const port = ports.get(to.port);
        if (!isPresent(network, port) || !has(port, to.address)) return nothing;
        const into = allowed(port, 'ingress', to.address, from.address);
        answer = answer.map((out, i) => out && into[i] === true);
      }
      return answer;
    },
  };
}

function has(port: Port, address: string): boolean {
  if (port.fixedIps.some(({ ip }) => ip === address)) return true;
  if (!port.portSecurity) return port.fixedIps.length === 0;
  return port.allowedPairs.some(({ prefix }) => isIn(address, prefix));
}

function fits(rule: SecurityGroupRule, [protocol, first, second]: TriedPacket): boolean {
  if (rule.protocol === null) return true;
  if (rule.protocol !== protocol) return false;
  if (protocol === 1 || protocol === 58) {
    return (rule.min === null || rule.min === first) && (rule.max === null || rule.max === second);
  }
  return (rule.min === null || first >= rule.min) && (rule.max === null || first <= rule.max);
}

/** What each prefix of this world holds, spelled out. */
const HELD: Readonly<Record<string, readonly string[]>> = {
  '10.0.0.0/30': ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3'],
  '10.0.0.0/31': ['10.0.0.0', '10.0.0.1'],
  '10.0.0.2/31': ['10.0.0.2', '10.0.0.3'],
  '0.0.0.0/0': ADDRESSES[4],
  'fd00::/127': ['fd00::', 'fd00::1'],
  '::/0': ADDRESSES[6],
};

export function isIn(address: string, prefix: string): boolean {
  return HELD[prefix]?.includes(address) ?? prefix.replace(/\/.*/, '') === address;
}

function isOneOf(address: string, prefix: string | null): boolean {
  return prefix === null || isIn(address, prefix);
}

export function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}
