import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { faultsOf, openCloud } from './cloud.ts';
import { type Outcome, summaryOf, troublesOf } from './outcome.ts';
import { SUITES } from './suites.ts';

interface Expected {
  /** As many as there are, lest some are lost on the way. */
  readonly count: number;
  /** What is skipped, by a piece of the reason, and how often. */
  readonly skips: Readonly<Record<string, number>>;
}

/** Runs a whole suite against a cloud of its own. Nothing may fail, and only what is expected may be skipped. */
export async function hold(t: TestContext, suite: keyof typeof SUITES, expected: Expected): Promise<void> {
  const run = SUITES[suite];
  assert.ok(run);
  await using cloud = await openCloud();
  const outcomes = await run(cloud);
  t.diagnostic(summaryOf(outcomes));
  assert.deepEqual(faultsOf(cloud), [], 'faults that the controller logged');
  const failed = outcomes.filter(({ outcome }) => outcome === 'failed');
  assert.equal(failed.length, 0, `\n${troublesOf(failed)}`);
  const strange = outcomes.filter((one) => one.outcome === 'skipped' && expectedReason(one, expected) === undefined);
  assert.equal(strange.length, 0, `\n${troublesOf(strange)}`);
  for (const [reason, count] of Object.entries(expected.skips))
    assert.equal(outcomes.filter((one) => expectedReason(one, expected) === reason).length, count, reason);
  assert.equal(outcomes.length, expected.count);
}

function expectedReason({ outcome, reason }: Outcome, { skips }: Expected): string | undefined {
  return outcome === 'skipped' ? Object.keys(skips).find((piece) => reason.includes(piece)) : undefined;
}
