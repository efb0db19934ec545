import assert from 'node:assert/strict';
import { parseScenario } from '../src/scenario/parse-scenario.ts';
import { formatProblem } from '../src/scenario/problems.ts';
import type { Scenario } from '../src/scenario/scenario.ts';

/** Where the mistakes of a file are, "LINE:COLUMN CODE"; fails when it has none. */
export function problemsOf(text: string): string[] {
  const parsed = parseScenario(text, 's.yaml');
  assert.ok('errors' in parsed, 'the scenario has no mistakes');
  return parsed.errors.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

/** What a file says; fails when it has mistakes. */
export function scenarioOf(text: string): Scenario {
  const parsed = parseScenario(text, 's.yaml');
  assert.ok('scenario' in parsed, 'errors' in parsed ? parsed.errors.map(formatProblem).join('\n') : '');
  return parsed.scenario;
}
