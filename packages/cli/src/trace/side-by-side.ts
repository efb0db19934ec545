import type { LiveTraceBody } from '@netloom/api/client/resources';

type TraceStep = LiveTraceBody['trace']['steps'][number];
type LiveStep = LiveTraceBody['live']['steps'][number];

/** What a trace and the data plane say of one step; null for who says nothing. */
export interface Side {
  readonly traced: TraceStep | null;
  readonly live: LiveStep | null;
}

/** The steps of a trace with what was seen of each, in one order; hosts do not see every step, and see some that a trace has not. */
export function sideBySide({ trace, live }: LiveTraceBody): Side[] {
  const sides: Side[] = [];
  let next = 0;
  for (const seen of live.steps) {
    const found = trace.steps.findIndex((step, i) => i >= next && isSame(step, seen));
    if (found < 0) {
      // Behind the steps of its way that come before it.
      while (seen.way === 'back' && trace.steps[next]?.way === 'there') sides.push(alone(trace.steps[next++]));
      sides.push({ traced: null, live: seen });
      continue;
    }
    while (next < found) sides.push(alone(trace.steps[next++]));
    sides.push({ traced: trace.steps[next++] ?? null, live: seen });
  }
  return [...sides, ...trace.steps.slice(next).map(alone)];
}

function alone(traced: TraceStep | undefined): Side {
  return { traced: traced ?? null, live: null };
}

function isSame(step: TraceStep, { way, host, what, row, rule }: LiveStep): boolean {
  const same = step.way === way && step.host === host && step.what === what;
  // A host knows only that a frame goes into the tunnels, and for a reply only that its flow is open.
  if (what === 'remote' || (what === 'filter' && rule === undefined)) return same;
  return same && step.row === row && step.rule === rule;
}
