import { createHash } from 'node:crypto';
import type { HostTables, PortGuard } from '@netloom/core/tables/host-tables';
import { acceptLogs, dropLog } from './log-rules.ts';
import { type NftItem, type NftRule, nftItem } from './nft-item.ts';
import { ALL_LOGS, ALWAYS_LOOK, filterChains, firewallChains, hex32, isNftId, portLimit } from './nft-names.ts';
import type { PortLog } from './port-log.ts';

/** What a port's groups and firewall come to. Ports with the same ones share it, so that rules grow with policies and not with ports. */
export interface Policy {
  readonly key: string;
  readonly stateful: readonly string[];
  readonly stateless: readonly string[];
  readonly firewall: string | null;
  /** Of the one port that has it, where something is logged of that port. */
  readonly log?: PortLog;
}

/** The policy of a guarded port. Groups and firewalls that are in no table allow nothing. */
export function policyOf(
  guard: PortGuard,
  log: PortLog | undefined,
  tables: Pick<HostTables, 'filters' | 'firewalls'>,
): Policy {
  const filters = guard.filters
    .map((id) => tables.filters.get(id))
    .filter((row) => row !== undefined)
    .filter((row) => isNftId(row.id));
  const content = {
    stateful: filters.filter((row) => row.stateful).map((row) => row.id),
    stateless: filters.filter((row) => !row.stateful).map((row) => row.id),
    // A firewall that cannot be named is one that is not there, and that refuses everything.
    firewall: guard.firewall !== null && !isNftId(guard.firewall) ? '' : guard.firewall,
    ...(log && { log }),
  };
  return { key: createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 24), ...content };
}

/** Numbers that packets carry from the bridge's tables to the filters', one a policy; the same whatever the order of the policies. */
export function policyMarks(keys: Iterable<string>): Map<string, number> {
  const marks = new Map<string, number>();
  const taken = new Set<number>([0]);
  for (const key of [...keys].sort()) {
    let mark = Number.parseInt(key.slice(0, 8), 16) % ALWAYS_LOOK;
    while (taken.has(mark)) mark = (mark + 1) % ALWAYS_LOOK;
    taken.add(mark);
    marks.set(key, mark);
  }
  return marks;
}

type Direction = 'ingress' | 'egress';

const WALKS = {
  from_original: { packet: 'egress', flow: 'egress' },
  from_reply: { packet: 'egress', flow: 'ingress' },
  to_original: { packet: 'ingress', flow: 'ingress' },
  to_reply: { packet: 'ingress', flow: 'egress' },
} as const;

/**
 * A packet of a port goes one way, and the first packet of its flow may have gone the other: the groups that keep state and the firewall
 * are asked for the flow, stateless groups for the packet. A chain that comes to its end has allowed nothing.
 */
export function policyItem(policy: Policy, mark: number, known: Pick<HostTables, 'filters' | 'firewalls'>): NftItem {
  const { key, stateful, stateless, firewall, log } = policy;
  const rules: Record<string, NftRule[]> = {};
  const elements: Record<string, string> = {};
  const logged = log && { policy: key, log };
  /** Asks a group; what it lets through is told of before, where it is logged. */
  const ask = (id: string, direction: Direction): NftRule[] => {
    const row = known.filters.get(id);
    const place = log?.accepts.indexOf(id) ?? -1;
    const chain = `p_${key}_log${place}_${direction}`;
    const told = logged && row && place >= 0 ? acceptLogs(row, direction, logged) : [];
    if (told.length > 0) rules[chain] = told;
    return [...(told.length > 0 ? [jump(chain)] : []), jump(filterChains(id)[direction])];
  };
  const drop = (match: string, comment: string, direction: Direction): NftRule[] => [
    ...(logged?.log.drops ? [dropLog(match, direction, logged)] : []),
    { text: `${match} drop`.trimStart(), comment },
  ];
  for (const [map, { packet, flow }] of Object.entries(WALKS)) {
    const name = `p_${key}_${stateless.length === 0 ? flow : map}`;
    elements[`${map} ${hex32(mark)}`] = `jump ${name}`;
    rules[name] ??= [
      ...(firewall === null ? [] : [known.firewalls.has(firewall) ? jump(firewallChains(firewall)[flow]) : DROP]),
      ...stateless.flatMap((id) => ask(id, packet)),
      ...drop('ct state invalid', 'invalid', flow),
      ...stateful.flatMap((id) => ask(id, flow)),
      ...drop('', 'drop', flow),
    ];
  }
  return nftItem('policy', key, { rules, elements, owners: [], ...(log && { objects: [`limit ${portLimit(key)}`] }) });
}

/** What log rules share. */
export const LOGGING: NftItem = nftItem('logging', 'all', { objects: [`limit ${ALL_LOGS}`], owners: [] });

const DROP: NftRule = { text: 'drop', comment: 'drop' };

function jump(chain: string): NftRule {
  return { text: `jump ${chain}`, comment: `jump ${chain}` };
}
