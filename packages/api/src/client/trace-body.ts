import type { LiveTrace } from '@netloom/core/trace/live/live-trace';
import type { Trace } from '@netloom/core/trace/trace';
import type { LiveTraceBody, TraceBody } from './resources.ts';

/** A trace as the API gives it. */
export function traceBody({ verdict, reason, steps }: Trace): TraceBody {
  return {
    verdict,
    reason: reason?.message ?? '',
    code: reason?.code ?? null,
    steps: steps.map(({ row, ...step }) => ({ ...step, row: `${row.table}/${row.id}` })),
  };
}

/** A trace with what became of the packet in the data plane. */
export function liveTraceBody({ trace, sent, live, agrees, text }: LiveTrace): LiveTraceBody {
  const steps = live?.steps ?? [];
  return {
    trace: traceBody(trace),
    live: {
      ...{ sent, agrees, text },
      verdict: live?.verdict ?? null,
      reply: live?.reply ?? null,
      steps: steps.map(({ row, ...step }) => ({ ...step, row: row && `${row.table}/${row.id}` })),
    },
  };
}
