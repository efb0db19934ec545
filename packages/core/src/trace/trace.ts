import { replyTo } from '../filter/ip-packet.ts';
import { type Address, formatAddress, parseAddress } from '../net/address.ts';
import type { PortRow } from '../tables/host-tables.ts';
import { type DropCode, type DropReason, dropReason } from './drop-reasons.ts';
import type { Packet, Stage, Target, TraceStep, Way } from './packet.ts';
import { isGroup, isGroupAddress, payloadOf, type TraceQuestion, targetOf } from './question.ts';
import { entranceOf } from './route.ts';
import { CARRYING, SENDING, TAKING } from './stages.ts';
import type { World } from './world.ts';

export interface Trace {
  readonly verdict: 'pass' | 'drop';
  /** Null when the packet passes; `way` "back" when it arrives and its reply does not. */
  readonly reason: (DropReason & { readonly way: Way }) | null;
  /** From the sender up to where the packet was delivered or dropped, and the reply's way back. */
  readonly steps: readonly TraceStep[];
}

/** Walks a packet, and then the reply to it, through the tables of the hosts it meets. */
export function trace(question: TraceQuestion, world: World): Trace {
  const first = outset(question, world);
  if ('code' in first) return { verdict: 'drop', reason: { ...first, way: 'there' }, steps: [] };
  const there = walk(first, world);
  if (there.drop !== undefined) return ended(there.drop, 'there', there.steps);
  const answer = answerTo(there.packet, first);
  if (answer === undefined) return { verdict: 'pass', reason: null, steps: there.steps };
  const back = walk(answer, world);
  const steps = [...there.steps, ...back.steps];
  return back.drop === undefined ? { verdict: 'pass', reason: null, steps } : ended(back.drop, 'back', steps);
}

/** A packet that a workload sends. */
export type SentPacket = Packet & { readonly source: PortRow };

/** The packet of a question as it was when it was delivered or dropped; the reason where there is none to begin with. */
export function walked(question: TraceQuestion, world: World): SentPacket | DropReason {
  const first = outset(question, world);
  return 'code' in first ? first : { ...walk(first, world).packet, source: first.source };
}

/** The packet before its first step. */
function outset(question: TraceQuestion, world: World): SentPacket | DropReason {
  const refuse = (code: DropCode, details: Readonly<Record<string, string>> = {}): DropReason =>
    dropReason(code, { port: question.from, to: question.to, ...details });
  const target = targetOf(question.to);
  if (target === undefined) return refuse('BAD_DESTINATION');
  if (isGroup(target)) return refuse('GROUP_DESTINATION');
  const sendAs = question.source === undefined ? null : sourceOf(question.source, target);
  if (sendAs === undefined) return refuse('BAD_SOURCE', { source: question.source ?? '' });
  const host = world.hostOfPort(question.from);
  if (host === undefined) return refuse('SOURCE_NOT_BOUND');
  const source = world.tablesOf(host).ports.get(question.from);
  if (source === undefined) return refuse('SOURCE_NOT_CARRIED', { host });
  const payload = payloadOf(question);
  const fresh = { ip: null, flows: [], translations: [], asker: null };
  return start({ way: 'there', host, source, router: null, sendAs, target, payload, ...fresh });
}

/** The address that a question asks to send from; undefined when no packet to the target can have it. */
function sourceOf(text: string, target: Target): Address | undefined {
  const address = parseAddress(text);
  if (address === undefined || isGroupAddress(address)) return undefined;
  return target.kind === 'ip' && target.address.family !== address.family ? undefined : address;
}

function ended(drop: DropReason, way: Way, steps: readonly TraceStep[]): Trace {
  const message = way === 'back' ? `the reply is lost: ${drop.message}` : drop.message;
  return { verdict: 'drop', reason: { code: drop.code, message, way }, steps };
}

interface Walk {
  readonly packet: Packet;
  readonly steps: readonly TraceStep[];
  readonly drop: DropReason | undefined;
}

function walk(from: Packet, world: World): Walk {
  let at = passStages({ packet: from, steps: [], drop: undefined }, SENDING, world);
  do at = passStages(at, CARRYING, world);
  while (at.drop === undefined && at.packet.delivered === null && entranceOf(at.packet, world) !== undefined);
  return passStages(at, TAKING, world);
}

function passStages(from: Walk, stages: readonly Stage[], world: World): Walk {
  let { packet, drop } = from;
  const steps = [...from.steps];
  for (const stage of stages) {
    const result = drop === undefined ? stage(packet, world) : undefined;
    if (result === undefined) continue;
    packet = result.packet;
    for (const step of result.steps) steps.push({ way: packet.way, host: packet.host, ...step });
    drop = result.drop;
  }
  return { packet, steps, drop };
}

/**
 * The answer to a delivered packet. Undefined for what nobody answers, and for what the host's own server got: it is
 * beside the sender, and what it sends always arrives.
 */
function answerTo(packet: Packet, first: Packet): Packet | undefined {
  const { delivered, source, ip, host, flows, translations } = packet;
  if (delivered === null || delivered.to === 'server' || source === null) return undefined;
  const reply = ip === null ? null : replyTo(ip);
  if (reply === undefined) return undefined;
  const target = targetOf(packet.target.kind === 'mac' || ip === null ? source.mac : formatAddress(ip.source));
  if (target === undefined) return undefined;
  const asked = ip === null || first.target.kind === 'mac' ? null : first.target.address;
  const asker = { mac: source.mac, host: first.host, segment: source.segment, asked, as: ip?.source ?? null };
  const answer = { way: 'back', host, target, flows, translations, asker } as const;
  if (delivered.to === 'router') {
    if (reply === null) return undefined;
    return start({ ...answer, source: null, router: delivered.row, sendAs: null, payload: () => reply, ip: reply });
  }
  const payload = reply === null ? packet.payload : () => reply;
  const sendAs = reply === null ? null : reply.source;
  return start({ ...answer, source: delivered.row, router: null, sendAs, payload, ip: null });
}

type Start = Omit<Packet, 'segment' | 'mac' | 'nexthop' | 'routers' | 'vtep' | 'delivered'>;

function start<First extends Start>(packet: First): First & Packet {
  return { ...packet, segment: null, mac: null, nexthop: null, routers: [], vtep: null, delivered: null };
}
