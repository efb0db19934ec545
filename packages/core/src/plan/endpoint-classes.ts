import { BITS } from '../net/address.ts';
import { atoms } from './atoms.ts';
import { memo } from './memo.ts';
import { firewallOf, groupsOf, type Policy } from './policy.ts';
import type { PolicyPort, PolicySide } from './policy-side.ts';
import type { Mark, MarkList, PrefixNode, PrefixTree, Side } from './prefix-tree.ts';
import type { Family } from './rule-profile.ts';
import type { Verdicts } from './verdicts.ts';

/** Addresses of ports that rules treat alike, before and after. */
export interface EndpointClass {
  /** Null where none of them is there. */
  readonly policy: Readonly<Record<Side, Policy | null>>;
  /** Marks of their addresses that rules on the network name. */
  readonly marks: Readonly<Record<Side, MarkList>>;
  readonly endpoints: { readonly port: string; readonly node: PrefixNode }[];
}

export const SIDES = ['before', 'after'] as const satisfies readonly Side[];

interface World {
  readonly sides: Readonly<Record<Side, PolicySide>>;
  readonly tree: PrefixTree;
  readonly verdicts: Verdicts;
}

/** The ports of one network that can send and get, in one family, by classes. */
export function endpointClasses(network: string, family: Family, world: World): EndpointClass[] {
  const ports = { before: presentOn(network, world.sides.before), after: presentOn(network, world.sides.after) };
  const groups = { before: groupsOn(ports.before), after: groupsOn(ports.after) };
  const byFirewalls = new Set(SIDES.flatMap((side) => [...marksOfFirewalls(ports[side], world.sides[side])]));
  const isNamed = memo(
    (mark: Mark) =>
      byFirewalls.has(mark) ||
      SIDES.some((side) =>
        Iterator.from(world.sides[side].rulesNaming(mark)).some(({ groupId }) => groups[side].has(groupId)),
      ),
  );
  // Only whole prefixes are cut by all that is named; of most networks nobody asks.
  let allNamed: ReadonlySet<Mark> | undefined;
  const named = () => {
    allNamed ??= marksNamed(groups, world.sides).union(byFirewalls);
    return allNamed;
  };
  const classes = new Map<string, EndpointClass>();
  const projected = new Map<string, MarkList>();
  const numbers = new Map<unknown, number>();
  const numberOf = (thing: unknown): number => {
    let number = numbers.get(thing);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(thing, number);
    }
    return number;
  };
  const marksAt = (node: PrefixNode, side: Side): MarkList => {
    const list = node.marks(side);
    let known = projected.get(list.key);
    if (known === undefined) {
      known = world.verdicts.project(list, isNamed);
      projected.set(list.key, known);
    }
    return known;
  };
  const put = (port: string, node: PrefixNode, before: Policy | null, after: Policy | null) => {
    const marks = { before: marksAt(node, 'before'), after: marksAt(node, 'after') };
    const key = `${numberOf(before)} ${numberOf(after)} ${numberOf(marks.before)} ${numberOf(marks.after)}`;
    const known = classes.get(key);
    if (known === undefined) classes.set(key, { policy: { before, after }, marks, endpoints: [{ port, node }] });
    else known.endpoints.push({ port, node });
  };
  const own = (port: PolicyPort | undefined): readonly PrefixNode[] =>
    port?.nodes.filter(({ prefix }) => prefix.family === family) ?? [];

  for (const [id, is] of ports.after) {
    const was = ports.before.get(id);
    const nodes = own(is);
    if (was?.port === is.port && nodes.every(isSingle)) {
      for (const node of nodes) put(id, node, was.policy, is.policy);
    } else {
      const before = own(was);
      for (const node of partsOf([...new Set([...before, ...nodes])], world.tree, named)) {
        const policyAt = (port: PolicyPort | undefined, list: readonly PrefixNode[]): Policy | null =>
          port !== undefined && list.some((each) => isWithin(node, each)) ? port.policy : null;
        put(id, node, policyAt(was, before), policyAt(is, nodes));
      }
    }
  }
  for (const [id, was] of ports.before) {
    if (ports.after.has(id)) continue;
    for (const node of partsOf(own(was), world.tree, named)) put(id, node, was.policy, null);
  }
  return [...classes.values()];
}

function presentOn(network: string, side: PolicySide): Map<string, PolicyPort> {
  const found = new Map<string, PolicyPort>();
  if (side.networks.get(network)?.adminStateUp !== true) return found;
  for (const id of side.portsOn(network)) {
    const known = side.ports.get(id);
    if (known?.port.adminStateUp) found.set(id, known);
  }
  return found;
}

function groupsOn(ports: ReadonlyMap<string, PolicyPort>): Set<string> {
  const groups = new Set<string>();
  for (const policy of new Set(ports.values().map((port) => port.policy))) {
    for (const group of groupsOf(policy)) groups.add(group);
  }
  return groups;
}

function marksOfFirewalls(ports: ReadonlyMap<string, PolicyPort>, side: PolicySide): Set<Mark> {
  const policies = new Set(ports.values().map(({ policy }) => policy));
  const firewalls = new Set([...policies].flatMap((policy) => firewallOf(policy) ?? []));
  return new Set([...firewalls].flatMap((id) => [...side.firewallMarks(id)]));
}

/** What the rules of groups name as their other end. */
function marksNamed(
  groups: Readonly<Record<Side, ReadonlySet<string>>>,
  sides: Readonly<Record<Side, PolicySide>>,
): Set<Mark> {
  return new Set(SIDES.flatMap((side) => [...groups[side]].flatMap((group) => [...sides[side].marksNamedBy(group)])));
}

/** A prefix that a port may use as a whole is several ends, where rules name parts of it or the port had only a part. */
function partsOf(own: readonly PrefixNode[], tree: PrefixTree, named: () => ReadonlySet<Mark>): readonly PrefixNode[] {
  if (own.every(isSingle)) return own;
  const cut = atoms(tree, own, named());
  return cut.nodes.filter((_, place) => (cut.sizes[place] ?? 0) > 0);
}

function isSingle({ prefix }: PrefixNode): boolean {
  return prefix.length === BITS[prefix.family];
}

function isWithin(node: PrefixNode, outer: PrefixNode): boolean {
  for (let at: PrefixNode | null = node; at !== null; at = at.parent) if (at === outer) return true;
  return false;
}
