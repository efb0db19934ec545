import { createHash } from 'node:crypto';
import { parsePrefix } from '@netloom/core/net/prefix';
import type { FilterRule, FirewallRule } from '@netloom/core/tables/host-tables';
import type { NftRule } from './nft-item.ts';
import { addressSetNames, counterName, isNftId } from './nft-names.ts';

/** A value of a row that no rule can be made of. */
export class BadValue extends Error {}

const TCP = 6;
const ICMP = { 4: 1, 6: 58 } as const;

/** Router solicitations and advertisements: conntrack tracks neither, so they have no flow to ask for. */
const ROUTER_TYPES = [133, 134];

/**
 * The rules of one rule of a stateful group. They ask for the first packet of the flow, whichever way this packet goes: an answer, an ICMP
 * error and a packet after a revocation are all judged as the flow was at its start.
 */
export function statefulRules(rule: FilterRule, group: string): NftRule[] {
  const counted = counter('filters', group, rule);
  const rules = statefulMatches(rule).map((match) => namedRule(rule.id, `${match} ${counted} accept`));
  const types = untrackedTypes(rule);
  if (types.length === 0) return rules;
  const router = `meta nfproto ipv6 icmpv6 type { ${types.join(', ')} }`;
  return [
    ...rules,
    ...remoteMatches(rule).map((remote) =>
      namedRule(rule.id, words(router, remote && `ip6 saddr ${remote}`, `${counted} accept`)),
    ),
  ];
}

/** What a flow must be for one of the rules of a stateful group to fit; any one of these is enough. */
export function statefulMatches(rule: FilterRule): string[] {
  const end = rule.direction === 'ingress' ? 'saddr' : 'daddr';
  const flow = flowMatch(rule, { min: rule.min, max: rule.max });
  return remoteMatches(rule).map((remote) => words(flow, remote && `ct original ${ip(rule.family)} ${end} ${remote}`));
}

/** The rules of one rule of a stateless group: they ask for the packet at hand. */
export function statelessRules(rule: FilterRule, group: string): NftRule[] {
  const counted = counter('filters', group, rule);
  return statelessMatches(rule).map((match) => namedRule(rule.id, `${match} ${counted} goto never_live`));
}

/** What a packet must be for one of the rules of a stateless group to fit; any one of these is enough. */
export function statelessMatches(rule: FilterRule): string[] {
  const end = rule.direction === 'ingress' ? 'saddr' : 'daddr';
  const { protocol, family } = rule;
  const packet = words(
    `meta nfproto ipv${family}`,
    protocol === null ? '' : `meta l4proto ${octet(protocol)}`,
    packetPorts(rule),
  );
  return remoteMatches(rule).map((remote) => words(packet, remote && `${ip(family)} ${end} ${remote}`));
}

export interface FirewallAbility {
  /** Whether TCP packets that are rejected can be answered with a reset. */
  readonly canReset: boolean;
}

/** What a firewall does with a flow; "allow" goes on to the security groups. What a reset is no answer to is rejected without one. */
export function firewallRules(rule: FirewallRule, group: string, { canReset }: FirewallAbility): NftRule[] {
  const [min = null, max = null] = rule.destinationPorts ?? [];
  const address = (end: string, value: string | null): string =>
    value === null || isAny(value) ? '' : `ct original ${ip(rule.family)} ${end} ${prefix(value, rule.family)}`;
  const match = words(
    flowMatch(rule, { min, max }),
    address('saddr', rule.source),
    address('daddr', rule.destination),
    rule.sourcePorts && `ct original proto-src ${portRange(...rule.sourcePorts)}`,
  );
  const counted = counter('firewalls', group, rule);
  const put = (text: string): NftRule => namedRule(rule.id, text);
  if (rule.action === 'allow') return [put(`${match} ${counted} return`)];
  const resets = rule.action === 'reject' && canReset && (rule.protocol === null || rule.protocol === TCP);
  return [
    ...(resets ? [put(`${match} meta l4proto ${TCP} ${counted} reject with tcp reset`)] : []),
    put(`${match} ${counted} drop`),
  ];
}

function counter(table: 'filters' | 'firewalls', group: string, { id }: { readonly id: string }): string {
  return `counter name "${counterName({ table, group, rule: id })}"`;
}

interface FlowOf {
  readonly family: 4 | 6;
  readonly protocol: number | null;
}

function flowMatch({ family, protocol }: FlowOf, ports: { min: number | null; max: number | null }): string {
  const { min, max } = ports;
  const base = `meta nfproto ipv${family}`;
  if (protocol === null) return base;
  const flow = `${base} ct original protocol ${octet(protocol)}`;
  if (min === null) return flow;
  // conntrack keeps type and code of ICMP where other protocols have their destination port.
  if (protocol === ICMP[family])
    return `${flow} ct original proto-dst ${portRange(octet(min) * 256 + octet(max ?? 0), octet(min) * 256 + octet(max ?? 255))}`;
  return `${flow} ct original proto-dst ${portRange(min, max ?? min)}`;
}

function packetPorts({ family, protocol, min, max }: FilterRule): string {
  if (protocol === null || min === null) return '';
  if (protocol !== ICMP[family]) return `th dport ${portRange(min, max ?? min)}`;
  const name = family === 4 ? 'icmp' : 'icmpv6';
  return words(`${name} type ${octet(min)}`, max === null ? '' : `${name} code ${octet(max)}`);
}

function untrackedTypes({ direction, family, protocol, min, remote }: FilterRule): number[] {
  if (direction !== 'ingress' || family !== 6) return [];
  if (protocol === null) return remote.kind === 'any' ? [] : ROUTER_TYPES;
  return protocol === ICMP[6] ? ROUTER_TYPES.filter((type) => min === null || min === type) : [];
}

/** What the other end's address must be: one match or several of which any will do; empty for any address. */
function remoteMatches({ family, remote }: FilterRule): string[] {
  if (remote.kind === 'any') return [''];
  if (remote.kind === 'prefix') return [isAny(remote.prefix) ? '' : prefix(remote.prefix, family)];
  if (!isNftId(remote.set)) throw new BadValue(remote.set);
  const { hosts, nets } = addressSetNames(remote.set, family);
  return [`@${hosts}`, `@${nets}`];
}

function ip(family: 4 | 6): string {
  return family === 4 ? 'ip' : 'ip6';
}

function isAny(text: string): boolean {
  return /^[0:.]+\/0$/.test(text);
}

function prefix(text: string, family: 4 | 6): string {
  if (parsePrefix(text)?.family !== family) throw new BadValue(text);
  return text;
}

function octet(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 255) throw new BadValue(String(value));
  return value;
}

function portRange(min: number, max: number): string {
  const valid = [min, max].every((port) => Number.isInteger(port) && port >= 0 && port <= 65_535) && min <= max;
  if (!valid) throw new BadValue(`${min}-${max}`);
  return min === max ? String(min) : `${min}-${max}`;
}

function words(...parts: readonly (string | null | undefined)[]): string {
  return parts.filter((part) => part !== '' && part !== null && part !== undefined).join(' ');
}

/** With the id by which hits are counted, and a digest of the text, so that a rule of another text is another rule. */
export function namedRule(id: string, text: string): NftRule {
  if (!isNftId(id)) throw new BadValue(id);
  return { text, comment: `${id} ${createHash('sha256').update(text).digest('hex').slice(0, 8)}` };
}
