import type { Trace } from '@netloom/core/trace/trace';
import type { TraceBody } from './resources.ts';

/** A trace as the API gives it. */
export function traceBody({ verdict, reason, steps }: Trace): TraceBody {
  return {
    verdict,
    reason: reason?.message ?? '',
    code: reason?.code ?? null,
    steps: steps.map(({ row, ...step }) => ({ ...step, row: `${row.table}/${row.id}` })),
  };
}
