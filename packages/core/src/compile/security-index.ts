import type { AddressGroupEntry } from '../model/address-group.ts';
import type { Port } from '../model/port.ts';
import type { SecurityGroupRule } from '../model/security-group.ts';
import { drop, dropDeep, type Nested, newMap, newSet, within } from './nested-map.ts';

/** How the compiler looks into security groups. A set has the id of the security group or address group that gives its members. */
export interface SecurityIndex {
  /** Guarded ports bound to a host, by host, group and id. */
  readonly guarded: ReadonlyMap<string, Nested<Port>>;
  /** Hosts with guarded ports, by group. */
  readonly hostsWith: ReadonlyMap<string, ReadonlySet<string>>;
  /** Ports with port security, bound or not, by group and id. */
  readonly members: Nested<Port>;
  readonly rulesOf: Nested<SecurityGroupRule>;
  /** Rules that name a set, by their group, the set and id. */
  readonly naming: ReadonlyMap<string, Nested<SecurityGroupRule>>;
  /** Groups with rules that name a set, by set. */
  readonly groupsNaming: ReadonlyMap<string, ReadonlySet<string>>;
  /** Entries of address groups, by group and id. */
  readonly entriesOf: Nested<AddressGroupEntry>;
}

export function securityIndex() {
  const guarded = new Map<string, Map<string, Map<string, Port>>>();
  const hostsWith = new Map<string, Set<string>>();
  const members = new Map<string, Map<string, Port>>();
  const rulesOf = new Map<string, Map<string, SecurityGroupRule>>();
  const naming = new Map<string, Map<string, Map<string, SecurityGroupRule>>>();
  const groupsNaming = new Map<string, Set<string>>();
  const entriesOf = new Map<string, Map<string, AddressGroupEntry>>();
  const index: SecurityIndex = { guarded, hostsWith, members, rulesOf, naming, groupsNaming, entriesOf };

  return {
    index,
    /** `host` is where the port is guarded; null where it is not. */
    addPort: (port: Port, host: string | null) => {
      for (const group of groupsOf(port)) {
        within(members, group, newMap).set(port.id, port);
        if (host === null) continue;
        within(within(guarded, host, newMap<Map<string, Port>>), group, newMap).set(port.id, port);
        within(hostsWith, group, newSet).add(host);
      }
    },
    removePort: (port: Port, host: string | null) => {
      for (const group of groupsOf(port)) {
        drop(members, group, port.id);
        if (host !== null && dropDeep(guarded, [host, group], port.id)) drop(hostsWith, group, host);
      }
    },
    addRule: (rule: SecurityGroupRule) => {
      within(rulesOf, rule.groupId, newMap).set(rule.id, rule);
      const set = setNamedBy(rule);
      if (set === undefined) return;
      within(within(naming, rule.groupId, newMap<Map<string, SecurityGroupRule>>), set, newMap).set(rule.id, rule);
      within(groupsNaming, set, newSet).add(rule.groupId);
    },
    removeRule: (rule: SecurityGroupRule) => {
      drop(rulesOf, rule.groupId, rule.id);
      const set = setNamedBy(rule);
      if (set !== undefined && dropDeep(naming, [rule.groupId, set], rule.id)) drop(groupsNaming, set, rule.groupId);
    },
    addEntry: (entry: AddressGroupEntry) => {
      within(entriesOf, entry.groupId, newMap).set(entry.id, entry);
    },
    removeEntry: (entry: AddressGroupEntry) => {
      drop(entriesOf, entry.groupId, entry.id);
    },
  };
}

/** Groups that hold for a port, and that it is a member of: none without port security. */
export function groupsOf(port: Port | null): ReadonlySet<string> {
  return new Set(port?.portSecurity ? port.securityGroups : []);
}

/** The set of addresses that a rule allows as the other end; undefined when it names none. */
export function setNamedBy({ remote }: SecurityGroupRule): string | undefined {
  return remote.kind === 'group' || remote.kind === 'addressGroup' ? remote.group : undefined;
}
