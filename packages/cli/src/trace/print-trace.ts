import type { TraceBody } from '@netloom/api/client/resources';
import type { Tracer } from '@netloom/lab/scenario/tracer';
import { printTable } from '../print-table.ts';

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Prints every step of a trace and its verdict; objects by the names that people gave them. */
export async function printTrace(trace: TraceBody, tracer: Tracer): Promise<void> {
  const names = await namesIn([...trace.steps.map((step) => step.text), trace.reason], tracer);
  const named = (text: string): string => text.replace(UUID, (id) => names.get(id) ?? id);
  printTable(
    ['WAY', 'HOST', 'STEP', ''],
    trace.steps.map(({ way, host, what, text }) => [way, host, what, named(text)]),
  );
  if (trace.steps.length > 0) console.log('');
  console.log(trace.verdict === 'pass' ? 'pass' : `drop: ${trace.code}: ${named(trace.reason)}`);
}

async function namesIn(texts: readonly string[], tracer: Tracer): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(texts.flatMap((text) => text.match(UUID) ?? []))];
  const names = await Promise.all(ids.map((id) => tracer.nameOf(id)));
  return new Map(ids.flatMap((id, i) => (names[i] === undefined ? [] : [[id, names[i]]])));
}
