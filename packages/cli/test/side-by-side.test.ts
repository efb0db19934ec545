import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveTraceBody } from '@netloom/api/client/resources';
import { sideBySide } from '../src/trace/side-by-side.ts';

type Way = 'there' | 'back';

const step = (way: Way, host: string, what: string, row: string, rule?: string) => ({
  ...{ way, host, what, row, text: `${way} ${what}` },
  ...(rule === undefined ? {} : { rule }),
});
const seen = (way: Way, host: string, what: string, row: string, rule?: string) => ({
  ...step(way, host, what, row, rule),
  verdict: 'pass' as const,
});

test('each step of a trace stands beside what was seen of it, and what only one side has in its place', () => {
  const body: LiveTraceBody = {
    trace: {
      ...{ verdict: 'pass', reason: '', code: null },
      steps: [
        step('there', 'h1', 'port', 'ports/a'),
        step('there', 'h1', 'segment', 'segments/n'),
        step('there', 'h1', 'filter', 'filters/g', 'r1'),
        step('there', 'h1', 'remote', 'remotes/b'),
        step('there', 'h2', 'deliver', 'ports/b'),
        step('back', 'h2', 'port', 'ports/b'),
        step('back', 'h2', 'filter', 'filters/g', 'r1'),
      ],
    },
    live: {
      ...{ sent: 'tcp/80', verdict: 'pass', reply: 'drop', agrees: false, text: '' },
      steps: [
        seen('there', 'h1', 'port', 'ports/a'),
        seen('there', 'h1', 'filter', 'filters/g', 'r2'),
        seen('there', 'h1', 'remote', 'segments/n'),
        seen('back', 'h2', 'guard', 'ports/b'),
        seen('back', 'h2', 'filter', 'ports/b'),
      ],
    },
  };
  const rows = sideBySide(body).map(({ traced, live }) => [traced?.text, traced?.rule, live?.text, live?.rule]);
  assert.deepEqual(rows, [
    ['there port', undefined, 'there port', undefined],
    [undefined, undefined, 'there filter', 'r2'],
    ['there segment', undefined, undefined, undefined],
    ['there filter', 'r1', undefined, undefined],
    ['there remote', undefined, 'there remote', undefined],
    ['there deliver', undefined, undefined, undefined],
    [undefined, undefined, 'back guard', undefined],
    ['back port', undefined, undefined, undefined],
    ['back filter', 'r1', 'back filter', undefined],
  ]);
});
