import type { Commander, CommandResult } from './commander.ts';

/** A line of `ip -batch` or `bridge -batch`, without the name of the tool. */
export type Words = readonly string[];

/** The word that stands for an empty argument. */
export const EMPTY = '""';

/** True when a word means the same to a batch as to us: no blank, quote, comment or backslash in it. */
export function isPlainWord(word: string): boolean {
  return word === EMPTY || /^[\w.:/@+-]+$/.test(word);
}

/**
 * Runs lines through one process and tells of each line what went wrong, undefined when nothing did. `tool` is the command up to
 * its options ("ip -n NS"). Lines must stand repetition: iproute2 ends the whole batch at some errors without saying which line
 * it was (ip neigh, malformed arguments), and then the batch is run again in halves until the line is alone.
 */
export async function runBatch(
  commander: Commander,
  batch: { readonly tool: Words; readonly lines: readonly Words[] },
  signal: AbortSignal,
): Promise<(string | undefined)[]> {
  const { tool, lines } = batch;
  if (lines.length === 0) return [];
  const input = lines.map((words) => `${words.join(' ')}\n`).join('');
  const result = await commander.run([...tool, '-force', '-batch', '-'], { signal, input });
  const { errors, rest } = readErrors(result.stderr, lines.length);
  const complete = result.code === 0 || (rest === '' && errors.some((error) => error !== undefined));
  if (complete) return errors;
  const reason = rest || endOf(result);
  if (lines.length === 1 || /network namespace/.test(reason)) return lines.map(() => reason);
  const middle = lines.length >> 1;
  const first = await runBatch(commander, { tool, lines: lines.slice(0, middle) }, signal);
  return [...first, ...(await runBatch(commander, { tool, lines: lines.slice(middle) }, signal))];
}

/** Errors by line, from the "Command failed -:N" that closes each; `rest` is what no such line followed. */
function readErrors(stderr: string, count: number): { errors: (string | undefined)[]; rest: string } {
  const errors = Array<string | undefined>(count).fill(undefined);
  let pending: string[] = [];
  for (const line of stderr.split('\n')) {
    const failed = /^Command failed -:(\d+)$/.exec(line);
    if (failed) {
      errors[Number(failed[1]) - 1] = pending.join(' ') || 'failed without a word';
      pending = [];
    } else if (line.trim() !== '') pending.push(line.trim());
  }
  return { errors, rest: pending.join(' ') };
}

function endOf(result: CommandResult): string {
  return result.code === null ? 'killed by a signal' : `exit code ${result.code}`;
}
