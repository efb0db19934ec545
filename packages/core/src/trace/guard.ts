import { allows } from '../filter/allows.ts';
import { isRogue, passesAlways } from '../filter/control-traffic.ts';
import { firstMatch } from '../filter/firewall-verdict.ts';
import { describe, type IpPacket, replyTo, sameIp, standsAlone } from '../filter/ip-packet.ts';
import { isOwn } from '../filter/is-own.ts';
import { formatAddress } from '../net/address.ts';
import type { HostTables, PortGuard, PortRow } from '../tables/host-tables.ts';
import { type DropCode, type DropReason, dropReason } from './drop-reasons.ts';
import type { Finding, Flow, Packet } from './packet.ts';

/** What the guard of a port makes of a packet. */
export interface Guarded {
  readonly steps: readonly Finding[];
  /** Opened by this packet at this port. */
  readonly flows: readonly Flow[];
  readonly drop?: DropReason;
}

interface Passage {
  readonly port: PortRow & { readonly guard: PortGuard };
  readonly direction: 'ingress' | 'egress';
  readonly packet: Packet;
  readonly ip: IpPacket;
  readonly tables: HostTables;
}

/** Asks port security, security groups and firewall of a port about a packet that leaves it (egress) or reaches it (ingress). */
export function passGuard(
  port: PortRow,
  direction: 'ingress' | 'egress',
  about: { readonly packet: Packet; readonly tables: HostTables },
): Guarded {
  const { guard } = port;
  if (guard === null) return { steps: [], flows: [] };
  const { ip, target } = about.packet;
  if (ip === null) return denied('NO_COMMON_FAMILY', { port: about.packet.source?.id ?? port.id, to: target.text });
  const passage: Passage = { port: { ...port, guard }, direction, ip, ...about };
  const fault = direction === 'egress' ? sourceFault(passage) : destinationFault(passage);
  if (fault !== undefined) return fault;
  if (passesAlways(direction, ip)) {
    const text = `${describe(ip)} passes port ${port.id} whatever its rules say: without it a port has no address or neighbours`;
    return { steps: [{ what: 'guard', row: { table: 'ports', id: port.id }, text }], flows: [] };
  }
  const filtered = passFilters(passage);
  if (filtered.drop !== undefined || guard.firewall === null) return filtered;
  const walled = passFirewall(passage, guard.firewall);
  return { ...walled, steps: [...filtered.steps, ...walled.steps], flows: filtered.flows };
}

function sourceFault({ port, ip }: Passage): Guarded | undefined {
  if (!isOwn(port, port.mac, ip.source)) {
    const own = port.addresses.map((address) => address.ip);
    const pairs = port.guard.pairs.map(({ mac, prefix }) => (mac === port.mac ? prefix : `${prefix} with ${mac}`));
    const allowed = [...own, ...pairs].join(', ') || 'no address';
    return denied('SPOOFED_SOURCE', { port: port.id, address: formatAddress(ip.source), allowed });
  }
  return isRogue(ip) ? denied('ROGUE_SERVER', { port: port.id }) : undefined;
}

function destinationFault({ port, packet, ip }: Passage): Guarded | undefined {
  if (isOwn(port, packet.mac ?? '', ip.destination)) return undefined;
  return denied('FOREIGN_DESTINATION', { port: port.id, address: formatAddress(ip.destination) });
}

function passFilters(passage: Passage): Guarded {
  const { port, direction, packet, ip, tables } = passage;
  const open = packet.flows.find((flow) => flow.port === port.id && isReplyOf(flow, ip));
  const where = `${direction === 'egress' ? 'out of' : 'into'} port ${port.id}`;
  if (open !== undefined) {
    const row = { table: 'filters', id: open.filter } as const;
    const text = `the reply goes ${where} with the flow that rule ${open.rule} of security group ${open.filter} has let through`;
    return { steps: [{ what: 'filter', row, rule: open.rule, text }], flows: [] };
  }
  const ids = port.guard.filters;
  if (ids.length === 0) return denied('NO_FILTER', { port: port.id, go: direction === 'egress' ? 'leave' : 'reach' });
  const filters = ids.flatMap((id) => tables.filters.get(id) ?? []);
  const isFirst = packet.way === 'there' && standsAlone(ip);
  const by = allows(filters, { ...ip, direction, isFirst }, tables.addressSets);
  if (by === undefined) {
    if (!standsAlone(ip)) return denied('NO_FLOW', wordsOf(passage));
    const names = `security group${ids.length === 1 ? '' : 's'} ${ids.join(', ')}`;
    return denied('FILTER_DENIES', { filters: names, ...wordsOf(passage) });
  }
  const row = { table: 'filters', id: by.filter } as const;
  const text = `rule ${by.rule} of security group ${by.filter} lets ${describe(ip)} ${where}`;
  return {
    steps: [{ what: 'filter', row, rule: by.rule, text }],
    flows: by.stateful ? [{ port: port.id, ip, filter: by.filter, rule: by.rule }] : [],
  };
}

/** Translated on the way, what answers a packet may be no answer to it as it passed here. */
function isReplyOf(flow: Flow, ip: IpPacket): boolean {
  const reply = replyTo(flow.ip);
  return reply !== undefined && sameIp(reply, ip);
}

/** Firewalls are stateful: what answers a packet that has passed here passes too. */
function passFirewall(passage: Passage, id: string): Guarded {
  const { port, direction, packet, ip, tables } = passage;
  if (packet.way === 'back') return { steps: [], flows: [] };
  const firewall = tables.firewalls.get(id);
  if (firewall === undefined) return denied('NO_FIREWALL_ENTRY', { host: packet.host, firewall: id, port: port.id });
  const rule = firstMatch(firewall, direction, ip);
  const words = { firewall: id, ...wordsOf(passage) };
  if (rule === undefined) return denied('FIREWALL_NO_MATCH', words);
  if (rule.action !== 'allow') return denied('FIREWALL_DENIES', { rule: rule.id, ...words });
  const text = `rule ${rule.id} of firewall group ${id} lets it through`;
  return { steps: [{ what: 'firewall', row: { table: 'firewalls', id }, rule: rule.id, text }], flows: [] };
}

function wordsOf({ port, direction, ip }: Passage) {
  const packet =
    direction === 'egress'
      ? `${describe(ip)} to ${formatAddress(ip.destination)}`
      : `${describe(ip)} from ${formatAddress(ip.source)}`;
  return { packet, direction: direction === 'egress' ? 'out of' : 'into', port: port.id };
}

function denied(code: DropCode, details: Readonly<Record<string, string | number>>): Guarded {
  return { steps: [], flows: [], drop: dropReason(code, details) };
}
