import { squash } from '../compile/edit.ts';
import type { Model } from '../compile/weave.ts';
import type { Change, ModelKinds } from '../model/change.ts';
import { parsePrefix } from '../net/prefix.ts';
import { type Comparison, compareNetwork, type NetworkFlows } from './compare-network.ts';
import { SIDES } from './endpoint-classes.ts';
import { type FlowLine, flowLines } from './flow-lines.ts';
import { type PacketSets, packetSets } from './packet-sets.ts';
import { type PolicySide, policySide } from './policy-side.ts';
import { prefixTree, type Side } from './prefix-tree.ts';
import { FAMILIES, type Family } from './rule-profile.ts';
import { touchedBy } from './touched.ts';
import { verdicts } from './verdicts.ts';

/** Which flows a change makes possible and impossible. */
export interface FlowDifference {
  readonly gained: readonly FlowLine[];
  readonly lost: readonly FlowLine[];
}

/** What of the model decides about flows. */
export type PolicyModel = Pick<
  Model,
  | 'networks'
  | 'ports'
  | 'securityGroups'
  | 'securityGroupRules'
  | 'addressGroupEntries'
  | 'firewallGroups'
  | 'firewallGroupPorts'
  | 'firewallPolicies'
  | 'firewallRules'
>;

/** Knows a model, and says what changes to it would do. */
export interface FlowPlanner {
  /**
   * The flows that come and go with the changes, over all packets: a flow is the first packet from one address to another on a
   * network, or between it and the addresses outside of it. Rules of security groups and of firewalls decide about it; what no rule is asked about (DHCP, neighbour
   * discovery, spoofed packets) is left out. The planner stays as it was.
   */
  compare(changes: readonly Change[]): FlowDifference;
  /** Takes changes that were made into the model. */
  apply(changes: readonly Change[]): void;
  /** Brings the model to these objects, by kind and id; what is the same object is not looked at. */
  follow(objects: PolicyObjects): void;
}

export type PolicyObjects = { readonly [K in PolicyKind]: ReadonlyMap<string, ModelKinds[K]> };

const POLICY_KINDS = [
  'network',
  'securityGroup',
  'securityGroupRule',
  'addressGroupEntry',
  'firewallGroup',
  'firewallPolicy',
  'firewallRule',
  'firewallGroupPort',
  'port',
] as const;
type PolicyKind = (typeof POLICY_KINDS)[number];

export function openFlowPlanner(model: PolicyModel): FlowPlanner {
  const trees = { 4: prefixTree(4), 6: prefixTree(6) } as const;
  const sideOf = (side: Side) => policySide((prefix, mark, by) => trees[prefix.family].count(prefix, mark, side, by));
  const sides = { before: sideOf('before'), after: sideOf('after') };
  for (const side of SIDES) load(sides[side], model);

  const apply = (changes: readonly Change[]) => {
    for (const { kind, id, object } of changes) for (const side of SIDES) sides[side].put(kind, id, object);
  };
  return {
    compare(changes) {
      const edits = squash(changes, (kind, id) => sides.before.objects(kind).get(id) ?? null);
      try {
        for (const { kind, id, after } of edits) sides.after.put(kind, id, after);
        const sets = packetSets();
        const touched = touchedBy(edits, sides);
        const world = { sides, trees, sets, touched, verdicts: verdicts(sides, sets), outside: new Map() };
        return linesOf(compareAll(world), world);
      } finally {
        for (const { kind, id, before } of edits) sides.after.put(kind, id, before);
      }
    },
    apply,
    follow(objects) {
      for (const kind of POLICY_KINDS) {
        const wanted: ReadonlyMap<string, object> = objects[kind];
        const known: ReadonlyMap<string, object> = sides.before.objects(kind);
        const gone = [...known.keys()].filter((id) => !wanted.has(id)).map((id) => ({ kind, id, object: null }));
        const other = [...wanted]
          .filter(([id, object]) => known.get(id) !== object)
          .map(([id, object]) => ({ kind, id, object }));
        apply([...gone, ...other] as Change[]);
      }
    },
  };
}

/** Wide prefixes first: nothing has to be put below a prefix that comes later. */
function load(side: PolicySide, model: PolicyModel): void {
  for (const network of model.networks) side.put('network', network.id, network);
  for (const group of model.securityGroups) side.put('securityGroup', group.id, group);
  const rules = model.securityGroupRules.map((rule) => {
    const prefix = rule.remote.kind === 'prefix' ? rule.remote.prefix : '0.0.0.0/0';
    return { length: lengthOf(prefix), put: () => side.put('securityGroupRule', rule.id, rule) };
  });
  for (const group of model.firewallGroups) side.put('firewallGroup', group.id, group);
  for (const policy of model.firewallPolicies) side.put('firewallPolicy', policy.id, policy);
  for (const member of model.firewallGroupPorts) side.put('firewallGroupPort', member.id, member);
  const firewallRules = model.firewallRules.map((rule) => ({
    length: Math.min(lengthOf(rule.source ?? ''), lengthOf(rule.destination ?? '')),
    put: () => side.put('firewallRule', rule.id, rule),
  }));
  const entries = model.addressGroupEntries.map((entry) => ({
    length: lengthOf(entry.prefix),
    put: () => side.put('addressGroupEntry', entry.id, entry),
  }));
  for (const { put } of [...rules, ...firewallRules, ...entries].sort((a, b) => a.length - b.length)) put();
  for (const port of model.ports) side.put('port', port.id, port);
}

function lengthOf(prefix: string): number {
  return parsePrefix(prefix)?.length ?? 0;
}

function compareAll(world: Comparison): NetworkFlows[] {
  return [...world.touched.networks].flatMap((network) =>
    FAMILIES.filter((family) => world.touched.families.has(family)).flatMap(
      (family) => compareNetwork(network, family, world) ?? [],
    ),
  );
}

function linesOf(
  flows: readonly NetworkFlows[],
  { sides, sets }: { sides: Readonly<Record<Side, PolicySide>>; sets: PacketSets },
) {
  const hasFamily = (network: string, family: Family): boolean =>
    SIDES.some((side) =>
      Iterator.from(sides[side].portsOn(network)).some((id) =>
        sides[side].ports.get(id)?.nodes.some(({ prefix }) => prefix.family === family),
      ),
    );
  const families = new Map(
    flows.map(({ network }) => [network, new Set(FAMILIES.filter((family) => hasFamily(network, family)))]),
  );
  return {
    gained: flowLines(flows, { change: 'gained', sets, families }),
    lost: flowLines(flows, { change: 'lost', sets, families }),
  };
}
