import type { TableName } from '../../tables/host-tables.ts';
import type { TraceStep, Way } from '../packet.ts';

/** Something that a host saw happen to a packet, in the words of the steps of a trace. */
export interface Sighting {
  readonly way: Way;
  /** "foreign" is for rules that are not ours. */
  readonly what: TraceStep['what'] | 'foreign';
  readonly verdict: 'pass' | 'drop';
  /** Null for what stands in no table. */
  readonly row: { readonly table: TableName; readonly id: string } | null;
  readonly rule?: string;
  readonly text: string;
}

export interface LiveStep extends Sighting {
  readonly host: string;
}

/** What became of a packet that was really sent. */
export interface Live {
  readonly verdict: 'pass' | 'drop';
  /** Of the reply; null when the receiver was not seen to send one. */
  readonly reply: 'pass' | 'drop' | null;
  /** In the order of its way. */
  readonly steps: readonly LiveStep[];
}

/** Where a packet has come to an end: at a step, or "lost", seen by nobody after the last of its steps. */
export interface LiveEnd {
  readonly what: Sighting['what'] | 'lost';
  /** The last step there was; undefined when nobody has seen it. */
  readonly step: LiveStep | undefined;
}

/**
 * Sightings of one packet, host by host in the order of its way, as what became of it. `isQuestion`: it asks for the MAC address of the
 * destination, which whoever gets the question need not be; a packet passes only when there is an answer.
 */
export function liveOf(steps: readonly LiveStep[], isQuestion: boolean): Live {
  const there = liveEnd(steps, 'there');
  const back = liveEnd(steps, 'back');
  const reply = back.step === undefined ? null : back.what === 'deliver' ? 'pass' : 'drop';
  return {
    verdict: (isQuestion ? reply === 'pass' : there.what === 'deliver') ? 'pass' : 'drop',
    reply,
    steps: [...steps.filter(({ way }) => way === 'there'), ...steps.filter(({ way }) => way === 'back')],
  };
}

/** A frame that was flooded is delivered when one of its copies is; what else became of it does not count. */
export function liveEnd(steps: readonly LiveStep[], way: Way): LiveEnd {
  const own = steps.filter((step) => step.way === way);
  const delivered = own.findLast(({ what, verdict }) => what === 'deliver' && verdict === 'pass');
  if (delivered !== undefined) return { what: 'deliver', step: delivered };
  const dropped = own.findLast(({ verdict }) => verdict === 'drop');
  if (dropped !== undefined) return { what: dropped.what, step: dropped };
  return { what: 'lost', step: own.at(-1) };
}
