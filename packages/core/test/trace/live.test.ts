import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from '@netloom/core/trace/live/compare';
import { type LiveStep, liveOf } from '@netloom/core/trace/live/live';
import type { TraceStep } from '@netloom/core/trace/packet';
import type { Trace } from '@netloom/core/trace/trace';

const row = { table: 'ports', id: 'p' } as const;
const seen = (host: string, what: LiveStep['what'], change: Partial<LiveStep> = {}): LiveStep => ({
  ...{ way: 'there', host, what, verdict: 'pass', row, text: '' },
  ...change,
});
const traced = (host: string, what: TraceStep['what'], way: TraceStep['way'] = 'there'): TraceStep => ({
  way,
  host,
  what,
  row,
  text: '',
});

const PASSES: Trace = {
  verdict: 'pass',
  reason: null,
  steps: [traced('h1', 'port'), traced('h2', 'deliver'), traced('h2', 'port', 'back'), traced('h1', 'deliver', 'back')],
};
const drops = (code: NonNullable<Trace['reason']>['code'], host: string, way: TraceStep['way'] = 'there'): Trace => ({
  verdict: 'drop',
  reason: { code, message: '', way },
  steps: [...(way === 'back' ? PASSES.steps.slice(0, 2) : []), traced(host, 'port', way)],
});
const drop = { verdict: 'drop' } as const;
const back = { way: 'back' } as const;
const agrees = (trace: Trace, steps: readonly LiveStep[], isQuestion = false): boolean =>
  compare(trace, liveOf(steps, isQuestion), isQuestion).agree;

test('trace and data plane agree when the packet ends in the same place for the same reason', () => {
  const delivered = [seen('h1', 'port'), seen('h2', 'deliver')];
  assert.equal(agrees(PASSES, delivered), true, 'nobody has to answer');
  assert.equal(agrees(PASSES, [...delivered, seen('h2', 'port', back), seen('h1', 'deliver', back)]), true);
  assert.equal(agrees(drops('FILTER_DENIES', 'h2'), [seen('h1', 'port'), seen('h2', 'filter', drop)]), true);
  assert.equal(agrees(drops('SPOOFED_SOURCE', 'h1'), [seen('h1', 'guard', drop)]), true);
  assert.equal(agrees(drops('DESTINATION_NOT_THERE', 'h2'), [seen('h1', 'port'), seen('h1', 'remote')]), true);
  assert.equal(agrees(drops('SOURCE_PORT_DOWN', 'h1'), []), true);
  assert.equal(
    agrees(drops('NO_FLOW', 'h2', 'back'), [...delivered, seen('h2', 'filter', { ...back, ...drop })]),
    true,
  );
});

test('they disagree on everything else, and say how', () => {
  const delivered = [seen('h1', 'port'), seen('h2', 'deliver')];
  assert.equal(agrees(PASSES, [seen('h1', 'port'), seen('h2', 'filter', drop)]), false);
  assert.equal(agrees(PASSES, [seen('h1', 'port')]), false);
  assert.equal(
    agrees(PASSES, [seen('h1', 'port'), seen('h2', 'deliver', { row: { table: 'ports', id: 'other' } })]),
    false,
  );
  assert.equal(agrees(PASSES, [...delivered, seen('h2', 'port', back)]), false, 'the reply is lost');
  assert.equal(agrees(drops('FILTER_DENIES', 'h2'), delivered), false);
  assert.equal(agrees(drops('FILTER_DENIES', 'h2'), [seen('h1', 'filter', drop)]), false);
  assert.equal(agrees(drops('FILTER_DENIES', 'h2'), [seen('h2', 'guard', drop)]), false);
  assert.equal(agrees(drops('NO_FLOW', 'h2', 'back'), [...delivered, seen('h1', 'deliver', back)]), false);
  const { text } = compare(PASSES, liveOf([seen('h2', 'foreign', drop)], false), false);
  assert.equal(
    text,
    'the packet is delivered on host h2 by the trace and is dropped on host h2 by a rule that is not ours in the data plane',
  );
});

test('a question that nobody answers is a packet that nobody can send', () => {
  const flooded = [seen('h1', 'port'), seen('h1', 'deliver'), seen('h1', 'deliver')];
  const live = liveOf(flooded, true);
  assert.deepEqual([live.verdict, live.reply], ['drop', null]);
  assert.equal(agrees(drops('UNKNOWN_DESTINATION', 'h1'), flooded, true), true);
  assert.equal(agrees(drops('UNKNOWN_DESTINATION', 'h1'), [...flooded, seen('h1', 'deliver', back)], true), false);
});

test('of the copies of a flooded frame one that is delivered counts', () => {
  const steps = [seen('h1', 'guard', drop), seen('h1', 'deliver'), seen('h1', 'guard', drop)];
  assert.equal(liveOf(steps, false).verdict, 'pass');
});
