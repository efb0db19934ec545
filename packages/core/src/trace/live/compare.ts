import type { DropCode } from '../drop-reasons.ts';
import type { TraceStep, Way } from '../packet.ts';
import type { Trace } from '../trace.ts';
import { type Live, type LiveEnd, liveEnd } from './live.ts';

/** Whether a trace and the data plane say the same of one packet, and in words what they say. */
export interface Agreement {
  readonly agree: boolean;
  readonly text: string;
}

/** Where a packet that is dropped for this reason is seen last; "lost" where no rule drops it, but nobody passes it on. */
const ENDS: Readonly<Partial<Record<DropCode, LiveEnd['what']>>> = {
  NO_COMMON_FAMILY: 'guard',
  SPOOFED_SOURCE: 'guard',
  FOREIGN_DESTINATION: 'guard',
  ROGUE_SERVER: 'guard',
  NO_FILTER: 'filter',
  FILTER_DENIES: 'filter',
  NO_FLOW: 'filter',
  // Hosts do not tell apart why a policy lets nothing pass.
  NO_FIREWALL_ENTRY: 'filter',
  FIREWALL_DENIES: 'firewall',
  FIREWALL_NO_MATCH: 'firewall',
};

/** `isQuestion`: what was sent is the question for a MAC address that the sender would have needed, and got no answer to. */
export function compare(trace: Trace, live: Live, isQuestion: boolean): Agreement {
  if (isQuestion) return compareQuestion(live);
  const there = compareWay(trace, live, 'there');
  if (!there.agree || live.reply === null || traceEnd(trace, 'there')?.what !== 'deliver') return there;
  const back = compareWay(trace, live, 'back');
  return back.agree ? { agree: true, text: `${there.text}; ${back.text}` } : back;
}

function compareQuestion({ reply }: Live): Agreement {
  return reply === 'pass'
    ? { agree: false, text: 'by the trace nobody has the destination, yet somebody answers the question for it' }
    : { agree: true, text: 'the sender asks for the MAC address of the destination, and nobody answers' };
}

function compareWay(trace: Trace, live: Live, way: Way): Agreement {
  const subject = way === 'there' ? 'the packet' : 'the reply';
  const [expected, found] = [traceEnd(trace, way), liveEnd(live.steps, way)];
  // Nobody answers an error or a host's own server here: the trace has nothing to say of what comes back.
  if (expected === undefined) return { agree: true, text: `${subject} is not traced` };
  const says = `${subject} ${words(expected)} by the trace and ${words(placeOf(found))} in the data plane`;
  return { agree: same(expected, placeOf(found)), text: says };
}

interface Place {
  readonly what: LiveEnd['what'];
  readonly host: string;
  readonly row?: string;
}

function traceEnd({ steps, reason }: Trace, way: Way): Place | undefined {
  const own = steps.filter((step) => step.way === way);
  const last = own.at(-1);
  if (reason?.way === way) return { what: ENDS[reason.code] ?? 'lost', host: last?.host ?? '' };
  return last?.what === 'deliver' ? { what: 'deliver', host: last.host, row: rowText(last.row) } : undefined;
}

function placeOf({ what, step }: LiveEnd): Place {
  const { host = '', row } = step ?? {};
  return { what, host, ...(what === 'deliver' && row && { row: rowText(row) }) };
}

function same(a: Place, b: Place): boolean {
  // Where a packet that nobody drops was seen last is a matter of who looks.
  return a.what === b.what && (a.what === 'lost' || (a.host === b.host && a.row === b.row));
}

function rowText({ table, id }: TraceStep['row']): string {
  return `${table}/${id}`;
}

const DROPPED_BY: Readonly<Record<string, string>> = {
  guard: 'port security',
  filter: 'security groups',
  firewall: 'a firewall',
  tunnel: 'the guard of tunnels',
  foreign: 'a rule that is not ours',
};

function words({ what, host }: Place): string {
  if (what === 'deliver') return `is delivered on host ${host}`;
  if (what === 'lost') return host === '' ? 'goes nowhere' : `is lost after host ${host}`;
  return `is dropped on host ${host} by ${DROPPED_BY[what] ?? what}`;
}
