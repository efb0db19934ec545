import type { Round } from './measure.ts';

/** Rounds of one measurement on one subject, as processor time for one packet or gigabit, in microseconds. */
export interface Cost {
  readonly best: number;
  readonly median: number;
}

/**
 * The cost by processor time, which other work on the machine hardly touches. A kernel that books the work of soft interrupts
 * apart from processes (CONFIG_IRQ_TIME_ACCOUNTING) shows far too little of it: then by the time that passed.
 */
export function costOf(rounds: readonly Round[]): Cost {
  const least = (values: readonly number[]): number => Math.min(...values);
  const isBookedApart =
    least(rounds.map((r) => r.cpu / r.amount)) < 0.7 * least(rounds.map((r) => r.elapsed / r.amount));
  const costs = rounds.map((round) => ((isBookedApart ? round.elapsed : round.cpu) / round.amount) * 1e6);
  costs.sort((a, b) => a - b);
  return { best: costs[0] ?? Number.NaN, median: costs[Math.floor(costs.length / 2)] ?? Number.NaN };
}

/** "0.57": how much of the rate without a filter is left. */
export function share(base: Cost, cost: Cost): string {
  return (base.best / cost.best).toFixed(2);
}

/** Lines of cells, padded into columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n');
}
