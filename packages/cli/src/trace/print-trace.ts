import type { TraceBody } from '@netloom/api/client/resources';
import type { Tracer } from '@netloom/lab/scenario/tracer';
import { printTable } from '../print-table.ts';
import { readNames } from './read-names.ts';

/** Prints every step of a trace and its verdict; objects by the names that people gave them. */
export async function printTrace(trace: TraceBody, tracer: Tracer): Promise<void> {
  const named = await readNames([...trace.steps.map((step) => step.text), trace.reason], tracer);
  printTable(
    ['WAY', 'HOST', 'STEP', ''],
    trace.steps.map(({ way, host, what, text }) => [way, host, what, named(text)]),
  );
  if (trace.steps.length > 0) console.log('');
  console.log(trace.verdict === 'pass' ? 'pass' : `drop: ${trace.code}: ${named(trace.reason)}`);
}
