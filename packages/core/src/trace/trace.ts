import { type Address, formatAddress, parseAddress } from '../net/address.ts';
import { canonicalMac, isGroupMac } from '../net/mac.ts';
import type { PortRow } from '../tables/host-tables.ts';
import { type DropCode, type DropReason, dropReason } from './drop-reasons.ts';
import { reachOf } from './on-link.ts';
import type { Packet, Target, TraceStep, Way } from './packet.ts';
import { STAGES } from './stages.ts';
import type { World } from './world.ts';

export interface TraceQuestion {
  /** Port of the sender. */
  readonly from: string;
  /** IP or MAC address, in any text form. */
  readonly to: string;
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  /** Destination port, for TCP and UDP. */
  readonly port?: number;
}

export interface Trace {
  readonly verdict: 'pass' | 'drop';
  /** Null when the packet passes; `way` "back" when it arrives and its reply does not. */
  readonly reason: (DropReason & { readonly way: Way }) | null;
  /** From the sender up to where the packet was delivered or dropped, and the reply's way back. */
  readonly steps: readonly TraceStep[];
}

/** Walks a packet, and then the reply to it, through the tables of the hosts it meets. */
export function trace(question: TraceQuestion, world: World): Trace {
  const refuse = (code: DropCode, details: Readonly<Record<string, string>> = {}): Trace => {
    const reason = dropReason(code, { port: question.from, to: question.to, ...details });
    return { verdict: 'drop', reason: { ...reason, way: 'there' }, steps: [] };
  };
  const target = targetOf(question.to);
  if (target === undefined) return refuse('BAD_DESTINATION');
  if (isGroup(target)) return refuse('GROUP_DESTINATION');
  const host = world.hostOfPort(question.from);
  if (host === undefined) return refuse('SOURCE_NOT_BOUND');
  const source = world.tablesOf(host).ports.get(question.from);
  if (source === undefined) return refuse('SOURCE_NOT_CARRIED', { host });

  const { protocol, port = null } = question;
  const there = walk(newPacket({ way: 'there', host, source, target, protocol, port }), world);
  if (there.drop !== undefined) return ended(there.drop, 'there', there.steps);
  const answer = replyTo(there.packet, { source, target, host }, world);
  if (answer === undefined) return { verdict: 'pass', reason: null, steps: there.steps };
  const back = walk(answer, world);
  const steps = [...there.steps, ...back.steps];
  return back.drop === undefined ? { verdict: 'pass', reason: null, steps } : ended(back.drop, 'back', steps);
}

function ended(drop: DropReason, way: Way, steps: readonly TraceStep[]): Trace {
  const message = way === 'back' ? `the reply is lost: ${drop.message}` : drop.message;
  return { verdict: 'drop', reason: { code: drop.code, message, way }, steps };
}

function walk(start: Packet, world: World) {
  const steps: TraceStep[] = [];
  let packet = start;
  for (const stage of STAGES) {
    const result = stage(packet, world);
    if (result === undefined) continue;
    packet = result.packet;
    for (const step of result.steps) steps.push({ way: packet.way, host: packet.host, ...step });
    if (result.drop !== undefined) return { packet, steps, drop: result.drop };
  }
  return { packet, steps, drop: undefined };
}

/** The answer to a delivered packet; undefined where it leaves the host's own server, beside the sender. */
function replyTo(
  packet: Packet,
  sent: { readonly source: PortRow; readonly target: Target; readonly host: string },
  world: World,
): Packet | undefined {
  if (packet.delivered?.to !== 'port') return undefined;
  const { source, target, host } = sent;
  const from = target.kind === 'mac' ? source.mac : reachOf(source, target.address, world.tablesOf(host))?.from;
  const back = from === undefined ? undefined : targetOf(from);
  if (back === undefined) return undefined;
  return newPacket({
    way: 'back',
    host: packet.host,
    source: packet.delivered.row,
    target: back,
    protocol: packet.protocol,
    port: null,
  });
}

function newPacket(start: Pick<Packet, 'way' | 'host' | 'source' | 'target' | 'protocol' | 'port'>): Packet {
  return { ...start, segment: null, mac: null, vtep: null, delivered: null };
}

function targetOf(text: string): Target | undefined {
  const address = parseAddress(text);
  if (address !== undefined) return { kind: 'ip', text: formatAddress(address), address };
  const mac = canonicalMac(text);
  return mac === undefined ? undefined : { kind: 'mac', text: mac };
}

function isGroup(target: Target): boolean {
  return target.kind === 'mac' ? isGroupMac(target.text) : isGroupAddress(target.address);
}

/** Multicast (224.0.0.0/4, ff00::/8) and the limited broadcast address. */
function isGroupAddress({ family, value }: Address): boolean {
  return family === 4 ? value >> 28n === 0xen || value === 0xffff_ffffn : value >> 120n === 0xffn;
}
