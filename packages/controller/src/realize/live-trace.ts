import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Question } from '@netloom/api/link/questions';
import { compare } from '@netloom/core/trace/live/compare';
import { type Live, type LiveStep, liveEnd, liveOf, type Sighting } from '@netloom/core/trace/live/live';
import { type LiveTrace, probeWords } from '@netloom/core/trace/live/live-trace';
import { probeMarks } from '@netloom/core/trace/live/probe-marks';
import type { ProbePacket } from '@netloom/core/trace/live/probe-packet';
import { probePlan } from '@netloom/core/trace/live/probe-plan';
import type { TraceQuestion } from '@netloom/core/trace/question';
import { trace } from '@netloom/core/trace/trace';
import type { World } from '@netloom/core/trace/world';
import type { Realize } from './realize.ts';

export interface LiveTraceParts {
  readonly world: World;
  readonly ask: Realize['ask'];
}

/** Milliseconds that an agent has for an answer; the first takes as long as its host needs to list all of its rules. */
const PATIENCE = 15_000;
/** Milliseconds without anything new after which a packet that nobody dropped is lost, and after which no reply comes any more. */
const LOST = 600;
const NO_REPLY = 300;
const BETWEEN_LOOKS = 30;
/** Ports that clients take for themselves (RFC 6335): one that no open flow has, most likely. */
const EPHEMERAL = [49_152, 65_536] as const;

/** Traces a packet and sends it; its receiver really gets it. What cannot be sent is said in words. */
export async function liveTrace(asked: TraceQuestion, parts: LiveTraceParts, signal: AbortSignal): Promise<LiveTrace> {
  const question = { ...asked, sourcePort: asked.sourcePort ?? randomInt(...EPHEMERAL) };
  const token = randomBytes(8).toString('hex');
  const expected = trace(question, parts.world);
  const nothing = (text: string): LiveTrace => ({ trace: expected, sent: null, live: null, agrees: null, text });
  const plan = probePlan(question, parts.world, token);
  if (typeof plan === 'string') return nothing(plan);
  const { packet, host, port } = plan;
  const hosts = [...new Set([host, ...expected.steps.map((step) => step.host)])];
  const probe = probeOf({ ask: parts.ask, packet, hosts }, signal);
  try {
    await probe.watch();
    await probe.send(host, port.id);
    const live = await follow({ packet, hosts }, probe.read, signal);
    const { agree, text } = compare(expected, live, isQuestion(packet));
    return { trace: expected, sent: probeWords(packet), live, agrees: agree, text };
  } catch (error) {
    if (error instanceof Unanswered) return nothing(error.message);
    throw error;
  } finally {
    await probe.end();
  }
}

/** A host cannot say what has become of the packet, and why. */
class Unanswered extends Error {}

type Sightings = ReadonlyMap<string, readonly Sighting[]>;

interface Watched {
  readonly ask: Realize['ask'];
  readonly packet: ProbePacket;
  readonly hosts: readonly string[];
}

/** Each rejects with Unanswered when one of the hosts has no answer. */
function probeOf({ ask, packet, hosts }: Watched, signal: AbortSignal) {
  const probe = packet.token;
  const each = async (question: Question, at = hosts): Promise<Sightings> => {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    const answers = await ask(new Map(at.map((host) => [host, question])), patience);
    const sightings = at.map((host): [string, readonly Sighting[]] => {
      const answer = answers.get(host);
      if (answer?.kind === 'sightings') return [host, answer.sightings];
      throw new Unanswered(
        answer?.kind === 'problem' ? `host ${host}: ${answer.problem}` : `the agent of host ${host} does not answer`,
      );
    });
    return new Map(sightings);
  };
  return {
    watch: () => each({ kind: 'probe-watch', probe, packet }),
    send: (host: string, port: string) => each({ kind: 'probe-send', probe, port }, [host]),
    read: () => each({ kind: 'probe-read', probe }),
    async end() {
      const question: Question = { kind: 'probe-end', probe };
      await ask(new Map(hosts.map((host) => [host, question])), AbortSignal.timeout(PATIENCE));
    },
  };
}

interface Followed {
  readonly packet: ProbePacket;
  /** That of the sender first. */
  readonly hosts: readonly string[];
}

async function follow(followed: Followed, read: () => Promise<Sightings>, signal: AbortSignal): Promise<Live> {
  let known = -1;
  let news = Date.now();
  for (;;) {
    const live = liveOf(inOrder(await read(), followed.hosts), isQuestion(followed.packet));
    if (live.steps.length > known) news = Date.now();
    known = live.steps.length;
    if (Date.now() - news >= patienceFor(live, followed)) return live;
    await delay(BETWEEN_LOOKS, undefined, { signal });
  }
}

/** How long there may still be news of a packet. */
function patienceFor(live: Live, { packet }: Followed): number {
  if (isQuestion(packet)) return LOST;
  const there = liveEnd(live.steps, 'there').what;
  if (there === 'lost') return LOST;
  if (there !== 'deliver' || probeMarks(packet, 'back') === undefined) return 0;
  const back = liveEnd(live.steps, 'back');
  if (back.step === undefined) return NO_REPLY;
  return back.what === 'lost' ? LOST : 0;
}

function isQuestion({ content }: ProbePacket): boolean {
  return content.kind === 'neighbour';
}

/** Sightings of several hosts in the order in which a packet meets them: that of the sender is the first there, and the last on the way back. */
function inOrder(seen: Sightings, hosts: readonly string[]): LiveStep[] {
  const of = (way: Sighting['way'], order: readonly string[]): LiveStep[] =>
    order.flatMap((host) =>
      (seen.get(host) ?? []).filter((each) => each.way === way).map((each) => ({ ...each, host })),
    );
  return [...of('there', hosts), ...of('back', hosts.toReversed())];
}
