import type { LiveTraceBody } from '@netloom/api/client/resources';
import type { Tracer } from '@netloom/lab/scenario/tracer';
import { printTable } from '../print-table.ts';
import { readNames } from './read-names.ts';
import { type Side, sideBySide } from './side-by-side.ts';

/** Prints a trace beside what became of the packet in the data plane, and whether both say the same. */
export async function printLiveTrace(body: LiveTraceBody, tracer: Tracer): Promise<void> {
  const { trace, live } = body;
  const rows = sideBySide(body);
  const texts = [...rows.map(textOf), trace.reason, live.text, live.sent ?? ''];
  const named = await readNames(texts, tracer);
  if (live.sent !== null)
    console.log(`sent: ${named(live.sent)}${live.verdict === 'pass' ? '; its receiver has got it' : ''}\n`);
  printTable(
    ['WAY', 'HOST', 'STEP', 'TRACE', 'LIVE', ''],
    rows.map((side) => {
      const step = side.traced ?? side.live;
      const seen = side.live?.verdict === 'drop' ? 'dropped' : 'seen';
      const marks = [side.traced === null ? '-' : 'yes', side.live === null ? '-' : seen];
      return [step?.way ?? '', step?.host ?? '', step?.what ?? '', ...marks, named(textOf(side))];
    }),
  );
  if (rows.length > 0) console.log('');
  console.log(`trace: ${trace.verdict === 'pass' ? 'pass' : `drop: ${trace.code}: ${named(trace.reason)}`}`);
  if (live.verdict === null) console.log(`live: nothing was sent: ${named(live.text)}`);
  else {
    console.log(`live: ${live.verdict}${live.reply === null ? ', no reply was seen' : `, reply ${live.reply}`}`);
    console.log(`${live.agrees ? 'they agree' : 'THEY DISAGREE'}: ${named(live.text)}`);
  }
}

function textOf({ traced, live }: Side): string {
  return traced?.text ?? live?.text ?? '';
}
