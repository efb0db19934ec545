import { readdirSync, readFileSync } from 'node:fs';

/** Ticks a second in /proc (USER_HZ, the same on every Linux that Node runs on). */
const TICKS = 100;

/** Processor time in milliseconds that processes and all their children have used, those that ended included. */
export function cpuTimeOf(pids: readonly number[]): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? []);
  const family = new Set(pids);
  // Children have higher numbers than their parents only most of the time: go on until nobody joins.
  for (let size = -1; size !== family.size; ) {
    size = family.size;
    for (const { pid, parent } of stats) if (family.has(parent)) family.add(pid);
  }
  const ticks = stats.filter(({ pid }) => family.has(pid)).reduce((sum, one) => sum + one.ticks, 0);
  return (ticks / TICKS) * 1000;
}

/** proc(5): fields after the command in parentheses, which may hold anything. */
function readStat(pid: number): { pid: number; parent: number; ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const used = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
    return { pid, parent: Number(fields[1]), ticks: used };
  } catch {
    return undefined;
  }
}
