import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { labError } from '../errors.ts';

export interface RunOptions {
  /** Standard input. */
  readonly input?: string;
  /** Where it runs, for messages. */
  readonly place?: string;
  readonly signal?: AbortSignal;
}

/** Runs a program to its end and gives what it wrote. Throws LAB_COMMAND with its last words when it fails. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  // A program that ends before it has read everything is judged by its exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const details = { what: argv.join(' '), place: options.place ?? 'the lab' };
  try {
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    if (code === 0) return stdout;
    throw labError('LAB_COMMAND', { ...details, reason: (stderr || stdout).trim() || `exit code ${code}` });
  } catch (cause) {
    if (options.signal?.aborted || !(cause instanceof Error) || !('syscall' in cause)) throw cause;
    throw labError('LAB_COMMAND', { ...details, reason: cause.message }, cause);
  }
}
