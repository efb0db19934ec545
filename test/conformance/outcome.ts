/** What became of one test, command or call of a suite. */
export interface Outcome {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped. */
  readonly reason: string;
}

export function countOf(outcomes: readonly Outcome[], outcome: Outcome['outcome']): number {
  return outcomes.filter((one) => one.outcome === outcome).length;
}

/** "N passed, N failed, N skipped" */
export function summaryOf(outcomes: readonly Outcome[]): string {
  return (['passed', 'failed', 'skipped'] as const).map((one) => `${countOf(outcomes, one)} ${one}`).join(', ');
}

/** One line for each that did not pass, with the end of its reason. */
export function troublesOf(outcomes: readonly Outcome[]): string {
  return outcomes
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ name, outcome, reason }) => `${outcome} ${name}\n${indented(reason)}`)
    .join('\n');
}

const SHOWN_LINES = 8;

function indented(reason: string): string {
  const lines = reason.trimEnd().split('\n');
  return lines
    .slice(-SHOWN_LINES)
    .map((line) => `    ${line}`)
    .join('\n');
}
