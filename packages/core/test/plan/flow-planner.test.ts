import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndRef } from '@netloom/core/plan/end-ref';
import type { FlowLine } from '@netloom/core/plan/flow-lines';
import { openFlowPlanner, type PolicyModel, type PolicyObjects } from '@netloom/core/plan/flow-planner';
import type { Packets } from '@netloom/core/plan/packets';
import { prng } from '../prng.ts';
import { type End, isIn, type Oracle, oracle } from './oracle.ts';
import { ADDRESSES, changed, PACKETS, randomChanges, randomPolicy, type TriedPacket } from './random-policy.ts';

/** NETLOOM_CASES=100000 tries as many; NETLOOM_SEED=7 that one case. */
const CASES = Number(process.env['NETLOOM_CASES'] ?? 2_000);
const FIRST = Number(process.env['NETLOOM_SEED'] ?? 1);
const LAST = process.env['NETLOOM_SEED'] === undefined ? CASES : FIRST;

test(`lines say exactly which flows come and go, for seeds ${FIRST} to ${LAST}`, () => {
  for (let seed = FIRST; seed <= LAST; seed++) check(seed);
});

function check(seed: number): void {
  const random = prng(seed);
  const start = randomPolicy(random);
  const planner = openFlowPlanner(start);
  let model = start;
  // What a planner was brought to must be as good as what it began with.
  if (random.chance(0.3)) {
    const made = randomChanges(random);
    planner.compare(randomChanges(random));
    model = changed(start, made);
    if (random.chance(0.5)) planner.apply(made);
    else planner.follow(objectsOf(model));
  }
  const changes = randomChanges(random);
  const [before, after] = [oracle(model), oracle(changed(model, changes))];
  const { gained, lost } = planner.compare(changes);
  for (const network of ['n1', 'n2']) {
    const taken = new Set([...before.taken(network), ...after.taken(network)]);
    for (const family of [4, 6] as const) {
      const place = { network, family, taken };
      compare(gained, { ...place, label: `seed ${seed}: gained`, was: before, is: after });
      compare(lost, { ...place, label: `seed ${seed}: lost`, was: after, is: before });
    }
  }
}

interface Place {
  readonly label: string;
  readonly network: string;
  readonly family: 4 | 6;
  /** Addresses that are a port's of the network. */
  readonly taken: ReadonlySet<string>;
  /** Where the flows are not, and where they are. */
  readonly was: Oracle;
  readonly is: Oracle;
}

/** The lines say all that is possible on the one side only, nothing else, and none of them says nothing. */
function compare(lines: readonly FlowLine[], { label, network, family, taken, was, is }: Place): void {
  const ends: End[] = [
    ...is
      .portsOn(network)
      .flatMap(({ id }) =>
        ADDRESSES[family].filter((address) => is.has(id, address)).map((address) => ({ port: id, address })),
      ),
    ...ADDRESSES[family].filter((address) => !taken.has(address)).map((address) => ({ port: null, address })),
  ];
  const named = (refs: readonly EndRef[]) =>
    new Set(ends.filter((end) => refs.some((ref) => holds(ref, end, { there: is, network }))));
  const said = lines
    .filter((line) => line.networks.includes(network) && line.families.includes(family))
    .map((line) => ({ line, from: named(line.from), to: named(line.to) }));
  const idle = new Set(said);
  for (const from of ends) {
    for (const to of ends) {
      if (from.port === to.port) continue;
      const [old, now] = [was.possible(network, from, to), is.possible(network, from, to)];
      const about = said.filter((each) => each.from.has(from) && each.to.has(to));
      for (const each of about) idle.delete(each);
      for (const [i, packet] of PACKETS.entries()) {
        const should = now[i] === true && old[i] !== true;
        const does = about.some(({ line }) => contains(line.packets, packet));
        if (should === does) continue;
        const flow = `${from.port} ${from.address} -> ${to.port} ${to.address} ${packet.join()}`;
        assert.fail(`${label} on ${network}: ${flow}: ${should}, and lines say ${does}`);
      }
    }
  }
  for (const { line } of idle) assert.fail(`${label} on ${network}: a line says nothing: ${JSON.stringify(line)}`);
}

function objectsOf(model: PolicyModel): PolicyObjects {
  const byId = <T extends { readonly id: string }>(list: readonly T[]) => new Map(list.map((each) => [each.id, each]));
  return {
    network: byId(model.networks),
    port: byId(model.ports),
    securityGroup: byId(model.securityGroups),
    securityGroupRule: byId(model.securityGroupRules),
    addressGroupEntry: byId(model.addressGroupEntries),
    firewallGroup: byId(model.firewallGroups),
    firewallGroupPort: byId(model.firewallGroupPorts),
    firewallPolicy: byId(model.firewallPolicies),
    firewallRule: byId(model.firewallRules),
  };
}

/** Whether a name stands for an end; every kind of name is read as end-ref.ts says. */
function holds(ref: EndRef, end: End, at: { there: Oracle; network: string }): boolean {
  const { model } = at.there;
  const portOf = (id: string | null) => model.ports.find((port) => port.id === id);
  switch (ref.kind) {
    case 'port':
      return end.port === ref.id && (ref.addresses === null || ref.addresses.some((each) => holds(each, end, at)));
    case 'network':
      return end.port !== null && at.network === ref.id;
    case 'prefix':
      return (
        (ref.prefix === 'any' || isIn(end.address, ref.prefix)) && !ref.except.some((each) => holds(each, end, at))
      );
    case 'group':
      if (end.port !== null) {
        const port = portOf(end.port);
        return ref.where !== 'elsewhere' && port?.portSecurity === true && port.securityGroups.includes(ref.id);
      }
      return (
        ref.where !== 'here' &&
        model.ports.some(
          (port) => port.portSecurity && port.securityGroups.includes(ref.id) && at.there.has(port.id, end.address),
        )
      );
    case 'addressGroup':
      return (
        ref.where !== (end.port === null ? 'here' : 'elsewhere') &&
        model.addressGroupEntries.some((entry) => entry.groupId === ref.id && isIn(end.address, entry.prefix))
      );
  }
}

function contains(packets: Packets, [protocol, first, second, source]: TriedPacket): boolean {
  const set = packets.findLast(({ from }) => from <= (source ?? 0))?.set ?? [];
  const place = protocol * 65_536 + (protocol === 1 || protocol === 58 ? first * 256 + second : first);
  for (let i = 0; i < set.length; i += 2) if ((set[i] ?? 0) <= place && place <= (set[i + 1] ?? -1)) return true;
  return false;
}
