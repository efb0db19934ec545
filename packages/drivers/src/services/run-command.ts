import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Exit status; -1 when a signal ended it, 127 when there is no such program. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Ordinary users often have no sbin in their path, and netlink tools live there. */
const PATH = `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`;

/** Longest time a program may take; all of ours take milliseconds. */
const TIMEOUT_MS = 30_000;

/** Runs a program without a shell, `input` on its standard input, and waits for its end. An abort or a timeout kills it and throws. */
export async function runCommand(
  argv: readonly [string, ...string[]],
  signal: AbortSignal,
  input = '',
): Promise<CommandResult> {
  const [program, ...args] = argv;
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const env = { ...process.env, PATH, LC_ALL: 'C' };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const child = spawn(program, args, { signal: limited, killSignal: 'SIGKILL', env, stdio: ['pipe', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') resolve({ code: 127, stdout: '', stderr: `${program} is not installed` });
    else reject(error);
  });
  child.on('close', (code) => resolve({ code: code ?? -1, ...output }));
  // A program that ends without reading its input closes the pipe early; its exit status tells what that means.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return await promise;
}
