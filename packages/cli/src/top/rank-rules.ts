import type { RuleHitBody } from '@netloom/api/client/resources';

/** A rule with what it decided on all the hosts that were looked at. */
export interface RankedRule {
  readonly rule: string;
  readonly packets: number;
  readonly bytes: number;
  /** How many hosts have it. */
  readonly hosts: number;
}

/**
 * Rules by what they decided, the busiest first; those that decided nothing stand at the end, also when no host has them. With the hits
 * of `seconds` before, per second since then.
 */
export function rankRules(
  rules: readonly string[],
  hits: readonly RuleHitBody[],
  since?: { readonly hits: readonly RuleHitBody[]; readonly seconds: number },
): RankedRule[] {
  const before = new Map(since?.hits.map((hit) => [keyOf(hit), hit]));
  const ranked = new Map(rules.map((rule) => [rule, { rule, packets: 0, bytes: 0, hosts: 0 }]));
  for (const hit of hits) {
    const entry = ranked.get(hit.rule);
    if (entry === undefined) continue;
    const { packets, bytes } = since === undefined ? hit : rateOf(hit, before.get(keyOf(hit)), since.seconds);
    entry.packets += packets;
    entry.bytes += bytes;
    entry.hosts += 1;
  }
  return [...ranked.values()].sort((a, b) => b.packets - a.packets || b.bytes - a.bytes || (a.rule < b.rule ? -1 : 1));
}

/** A rule that is new on its host since then, or whose host started anew, counts from nothing. */
function rateOf(hit: RuleHitBody, before: RuleHitBody | undefined, seconds: number) {
  const base = before === undefined || before.packets > hit.packets ? { packets: 0, bytes: 0 } : before;
  return { packets: (hit.packets - base.packets) / seconds, bytes: (hit.bytes - base.bytes) / seconds };
}

function keyOf({ host, security_group, rule }: RuleHitBody): string {
  return `${host} ${security_group} ${rule}`;
}
