import { WITH_PORTS } from '../filter/ip-packet.ts';
import type { FirewallRow, FirewallRule } from '../tables/host-tables.ts';
import { NO_PACKETS, packetsOf, unionOf } from './packet-set.ts';
import { fromAnyPort, fromPorts, type Packets } from './packets.ts';
import type { Mark, MarkList } from './prefix-tree.ts';
import { prefixMark } from './remote-mark.ts';
import type { Way } from './rule-profile.ts';

/** A rule of a firewall as far as it concerns one address of a port: which packets it decides about, by the other end. */
export interface ProfileStep {
  /** Null for whoever it is. */
  readonly other: Mark | null;
  readonly isAllowed: boolean;
  readonly packets: Packets;
}

/** What a firewall does at an address with these marks, in the order of its rules: see firstMatch, which asks the same of one packet. */
export function firewallSteps(firewall: FirewallRow, own: MarkList, { direction, family }: Way): ProfileStep[] {
  return firewall[direction].flatMap((rule) => {
    const ends = { ingress: [rule.destination, rule.source], egress: [rule.source, rule.destination] } as const;
    const [here, there] = ends[direction];
    if (rule.family !== family || (here !== null && !own.marks.includes(prefixMark(here)))) return [];
    return { other: there && prefixMark(there), isAllowed: rule.action === 'allow', packets: packetsOfRule(rule) };
  });
}

export function firewallMarks({ ingress, egress }: FirewallRow): Set<Mark> {
  const prefixes = [...ingress, ...egress].flatMap(({ source, destination }) => [source, destination]);
  return new Set(prefixes.flatMap((prefix) => (prefix === null ? [] : [prefixMark(prefix)])));
}

function packetsOfRule({ protocol, sourcePorts, destinationPorts }: FirewallRule): Packets {
  if (sourcePorts === null && destinationPorts === null)
    return fromAnyPort(packetsOf({ protocol, min: null, max: null }));
  const [min, max] = destinationPorts ?? [null, null];
  const protocols = [...WITH_PORTS].filter((each) => protocol === null || protocol === each);
  const set =
    protocols.length === 0 ? NO_PACKETS : unionOf(protocols.map((each) => packetsOf({ protocol: each, min, max })));
  return sourcePorts === null ? fromAnyPort(set) : fromPorts(...sourcePorts, set);
}
