import type { CheckLine, CheckReport, Verdict } from '../report.ts';
import type { Expectation } from './scenario.ts';

export interface Traced {
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface Seen extends Traced {
  readonly rttMs: number | null;
}

/** Puts what was expected, traced and (in a running lab) seen beside each other. */
export function judge(expectation: Expectation, traced: Traced, seen?: Seen): CheckLine {
  const { text, line, verdict: expected } = expectation;
  const holds = traced.verdict === expected && (seen === undefined || seen.verdict === expected);
  return {
    text,
    line,
    expected,
    traced: traced.verdict,
    traceReason: traced.reason,
    ...(seen === undefined ? {} : { onWire: seen.verdict, wireReason: seen.reason, rttMs: seen.rttMs }),
    holds,
    problem: holds ? '' : disagreement(expected, traced, seen),
  };
}

export function report(scenario: string, lines: readonly CheckLine[]): CheckReport {
  const held = lines.filter((line) => line.holds).length;
  return { scenario, lines, held, failed: lines.length - held };
}

function disagreement(expected: Verdict, traced: Traced, seen: Seen | undefined): string {
  const because = ({ verdict, reason }: Traced): string => (reason === '' ? verdict : `${verdict} (${reason})`);
  if (seen === undefined) return `expected ${expected}, trace says ${because(traced)}`;
  if (traced.verdict === seen.verdict) {
    return `expected ${expected}, but trace says ${because(traced)} and the packet agrees: ${because(seen)}`;
  }
  return traced.verdict === expected
    ? `trace says ${expected} as expected, but on the wire it was ${because(seen)}`
    : `on the wire it was ${expected} as expected, but trace says ${because(traced)}`;
}
