import { firewallRow } from '../compile/firewalls.ts';
import type { Kind, ModelKinds } from '../model/change.ts';
import type { Network } from '../model/network.ts';
import type { Port } from '../model/port.ts';
import type { SecurityGroup, SecurityGroupRule } from '../model/security-group.ts';
import { hostPrefix, type Prefix, parsePrefix } from '../net/prefix.ts';
import type { FirewallRow } from '../tables/host-tables.ts';
import { firewallMarks } from './firewall-profile.ts';
import { type Policy, policyOf } from './policy.ts';
import type { Mark, PrefixNode } from './prefix-tree.ts';
import { ADDRESS, addressGroupMark, groupMark, markOf, prefixMark } from './remote-mark.ts';

/** A port as far as flows go. */
export interface PolicyPort {
  readonly port: Port;
  readonly policy: Policy;
  /** What it may have as its own address. */
  readonly nodes: readonly PrefixNode[];
}

/** One state of what decides about flows: before a change or after it. */
export interface PolicySide {
  readonly networks: ReadonlyMap<string, Network>;
  readonly ports: ReadonlyMap<string, PolicyPort>;
  readonly groups: ReadonlyMap<string, SecurityGroup>;
  portsOn(network: string): Iterable<string>;
  /** Guarded ports with a security group. */
  portsWith(group: string): Iterable<string>;
  rulesOf(group: string): Iterable<SecurityGroupRule>;
  /** Marks of the other ends of the rules of a group. */
  marksNamedBy(group: string): Iterable<Mark>;
  /** Rules whose other end has a mark. */
  rulesNaming(mark: Mark): Iterable<SecurityGroupRule>;
  /** By id; none of a kind that decides nothing about flows. */
  objects(kind: Kind): ReadonlyMap<string, ModelKinds[Kind]>;
  /** The rules of a firewall group that are in effect: none of one that is not there. */
  firewall(group: string): FirewallRow;
  /** Marks of the ends that those rules name. */
  firewallMarks(group: string): ReadonlySet<Mark>;
  /** Ports in a firewall group. */
  portsBehind(firewall: string): Iterable<string>;
  put<K extends Kind>(kind: K, id: string, object: ModelKinds[K] | null): void;
}

/**
 * What a port may have as its own address: fixed addresses, and the allowed pairs of a guarded one. An unguarded port is taken to use
 * its own addresses, and any if it has none.
 */
function addressesOf(port: Port): Prefix[] {
  const fixed = port.fixedIps.map(({ ip }) => hostPrefix(ip));
  const pairs = port.portSecurity ? port.allowedPairs.map(({ prefix }) => prefix) : [];
  const all = !port.portSecurity && fixed.length === 0 ? ['0.0.0.0/0', '::/0'] : [...fixed, ...pairs];
  return [...new Set(all)].flatMap((text) => parsePrefix(text) ?? []);
}

/** `count` adds a mark to a prefix or takes it away. */
export function policySide(count: (prefix: Prefix, mark: Mark, by: 1 | -1) => PrefixNode): PolicySide {
  const networks = new Map<string, Network>();
  const ports = new Map<string, Port>();
  const policyPorts = new Map<string, PolicyPort>();
  const groups = new Map<string, SecurityGroup>();
  const rules = new Map<string, SecurityGroupRule>();
  const entries = new Map<string, ModelKinds['addressGroupEntry']>();
  const firewallGroups = new Map<string, ModelKinds['firewallGroup']>();
  const firewallGroupPorts = new Map<string, ModelKinds['firewallGroupPort']>();
  const firewallPolicies = new Map<string, ModelKinds['firewallPolicy']>();
  const firewallRules = new Map<string, ModelKinds['firewallRule']>();
  /** As far as they were asked for since the last change of any firewall. */
  const firewalls = new Map<string, { readonly row: FirewallRow; readonly marks: ReadonlySet<Mark> }>();
  const portsBehind = new Map<string, Set<string>>();
  const portsOn = new Map<string, Set<string>>();
  const portsWith = new Map<string, Set<string>>();
  const rulesOf = new Map<string, Set<SecurityGroupRule>>();
  const rulesNaming = new Map<Mark, Set<SecurityGroupRule>>();
  const marksNamedBy = new Map<string, Map<Mark, number>>();

  const link: { readonly [K in Kind]?: (object: never, by: 1 | -1) => void } = {
    port(port: Port, by) {
      turn(portsOn, port.networkId, port.id, by);
      const addresses = addressesOf(port);
      const nodes = addresses.map((prefix) => count(prefix, ADDRESS, by));
      const firewall = firewallGroupPorts.get(port.id)?.groupId ?? null;
      if (by === 1) policyPorts.set(port.id, { port, policy: policyOf(port, firewall), nodes });
      else policyPorts.delete(port.id);
      if (!port.portSecurity) return;
      for (const group of new Set(port.securityGroups)) {
        turn(portsWith, group, port.id, by);
        for (const prefix of addresses) count(prefix, groupMark(group), by);
      }
    },
    securityGroupRule(rule: SecurityGroupRule, by) {
      turn(rulesOf, rule.groupId, rule, by);
      const mark = markOf(rule);
      if (mark !== undefined) {
        turn(rulesNaming, mark, rule, by);
        const marks = marksNamedBy.get(rule.groupId) ?? new Map<Mark, number>();
        marksNamedBy.set(rule.groupId, marks);
        const count = (marks.get(mark) ?? 0) + by;
        if (count > 0) marks.set(mark, count);
        else marks.delete(mark);
        if (marks.size === 0) marksNamedBy.delete(rule.groupId);
      }
      const prefix = rule.remote.kind === 'prefix' ? parsePrefix(rule.remote.prefix) : undefined;
      if (prefix !== undefined && mark !== undefined) count(prefix, mark, by);
    },
    addressGroupEntry(entry: ModelKinds['addressGroupEntry'], by) {
      const prefix = parsePrefix(entry.prefix);
      if (prefix !== undefined) count(prefix, addressGroupMark(entry.groupId), by);
    },
    firewallGroupPort({ id, groupId }: ModelKinds['firewallGroupPort'], by) {
      turn(portsBehind, groupId, id, by);
      const known = policyPorts.get(id);
      if (known === undefined) return;
      policyPorts.set(id, { ...known, policy: policyOf(known.port, by === 1 ? groupId : null) });
    },
    firewallGroup: () => firewalls.clear(),
    firewallPolicy: () => firewalls.clear(),
    firewallRule({ source, destination }: ModelKinds['firewallRule'], by) {
      firewalls.clear();
      for (const text of [source, destination]) {
        const prefix = text === null ? undefined : parsePrefix(text);
        if (text !== null && prefix !== undefined) count(prefix, prefixMark(text), by);
      }
    },
  };
  const firewallAt = (id: string) => {
    let known = firewalls.get(id);
    if (known === undefined) {
      const group = firewallGroups.get(id);
      const objects = { firewallPolicy: firewallPolicies, firewallRule: firewallRules };
      const row = group === undefined ? { id, ingress: [], egress: [] } : firewallRow(group, objects);
      known = { row, marks: firewallMarks(row) };
      firewalls.set(id, known);
    }
    return known;
  };
  const tables: { readonly [K in Kind]?: Map<string, ModelKinds[K]> } = {
    network: networks,
    port: ports,
    securityGroup: groups,
    securityGroupRule: rules,
    addressGroupEntry: entries,
    firewallGroup: firewallGroups,
    firewallGroupPort: firewallGroupPorts,
    firewallPolicy: firewallPolicies,
    firewallRule: firewallRules,
  };

  return {
    networks,
    ports: policyPorts,
    groups,
    portsOn: (network) => portsOn.get(network) ?? [],
    portsWith: (group) => portsWith.get(group) ?? [],
    rulesOf: (group) => rulesOf.get(group) ?? [],
    marksNamedBy: (group) => marksNamedBy.get(group)?.keys() ?? [],
    rulesNaming: (mark) => rulesNaming.get(mark) ?? [],
    firewall: (group) => firewallAt(group).row,
    firewallMarks: (group) => firewallAt(group).marks,
    portsBehind: (firewall) => portsBehind.get(firewall) ?? [],
    objects: (kind) => tables[kind] ?? new Map(),
    put(kind, id, object) {
      const table = tables[kind] as Map<string, ModelKinds[typeof kind]> | undefined;
      if (table === undefined) return;
      const linked = link[kind] as ((object: ModelKinds[typeof kind], by: 1 | -1) => void) | undefined;
      const was = table.get(id);
      if (was !== undefined) linked?.(was, -1);
      if (object === null) table.delete(id);
      else {
        table.set(id, object);
        linked?.(object, 1);
      }
    },
  };
}

function turn<Value>(index: Map<string, Set<Value>>, key: string, value: Value, by: 1 | -1): void {
  const set = index.get(key);
  if (by === 1) {
    if (set === undefined) index.set(key, new Set([value]));
    else set.add(value);
  } else {
    set?.delete(value);
    if (set?.size === 0) index.delete(key);
  }
}
