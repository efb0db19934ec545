import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { driverError } from '../errors.ts';

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly input?: string;
  /** 30 s unless told. */
  readonly timeoutMs?: number;
}

/** A command that runs until stopped. */
export interface Follower {
  /** Settles when the process is gone, whatever ended it; never rejects. */
  readonly ended: Promise<void>;
  /** To its standard input; lost when it is gone. */
  write(text: string): void;
  /** Kills the process; settles when it is gone. */
  stop(): Promise<void>;
}

/** The one way in which this driver touches the machine. */
export interface Commander {
  /** Path of the network namespace in which commands run. */
  readonly hostNamespace: string;
  /** Runs a command to its end. Rejects with BRIDGE_NO_TOOL, BRIDGE_COMMAND_TIMEOUT or the signal's reason; an exit code is no rejection. */
  run(argv: readonly string[], options: RunOptions): Promise<CommandResult>;
  /** Runs a command that reports line by line. It dies with this process, even when that is killed. */
  follow(argv: readonly string[], onLine: (line: string) => void): Follower;
}

// Messages are matched by their English text, and a service's PATH often lacks the system folders.
const ENV = { PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`, LC_ALL: 'C' };

/** Commands of this machine; a prefix ("nsenter --net=PATH") takes them into another network namespace, whose path must then be given. */
export function openCommander(
  place: { readonly prefix: readonly string[]; readonly hostNamespace: string } = {
    prefix: [],
    hostNamespace: `/proc/${process.pid}/ns/net`,
  },
): Commander {
  return {
    hostNamespace: place.hostNamespace,
    run: (argv, options) => run([...place.prefix, ...argv], options),
    follow: (argv, onLine) => follow([...place.prefix, ...argv], onLine),
  };
}

function run(argv: readonly string[], options: RunOptions): Promise<CommandResult> {
  const [tool = '', ...args] = argv;
  const timeoutMs = options.timeoutMs ?? 30_000;
  const timeout = AbortSignal.timeout(timeoutMs);
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  if (options.signal.aborted) {
    reject(options.signal.reason);
    return promise;
  }
  const child = spawn(tool, args, {
    env: ENV,
    signal: AbortSignal.any([options.signal, timeout]),
    killSignal: 'SIGKILL',
    stdio: 'pipe',
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.on('error', (error: NodeJS.ErrnoException) => {
    if (options.signal.aborted) reject(options.signal.reason);
    else if (timeout.aborted)
      reject(driverError('BRIDGE_COMMAND_TIMEOUT', { command: argv.join(' '), seconds: timeoutMs / 1000 }, error));
    else if (error.code === 'ENOENT') reject(driverError('BRIDGE_NO_TOOL', { tool }, error));
    else reject(driverError('BRIDGE_COMMAND_FAILED', { command: argv.join(' '), reason: error.message }, error));
  });
  child.on('close', (code) => {
    resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
  });
  // A command that ends before it has read all its input (a refused batch) must not bring the process down with EPIPE.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return promise;
}

function follow(argv: readonly string[], onLine: (line: string) => void): Follower {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], { env: ENV, stdio: ['pipe', 'pipe', 'ignore'] });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', onLine);
  child.on('error', () => resolve());
  child.stdin.on('error', () => {});
  child.on('close', () => resolve());
  return {
    ended,
    write: (text) => void child.stdin.write(text),
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Output of a command that must succeed. Rejects with BRIDGE_COMMAND_FAILED too. */
export async function mustRun(commander: Commander, argv: readonly string[], options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await commander.run(argv, options);
  if (code === 0) return stdout;
  const reason = stderr.trim() || `exit code ${code}`;
  throw driverError('BRIDGE_COMMAND_FAILED', { command: argv.join(' '), reason });
}

/** What iproute2 prints with -j: a list, or nothing at all when it is empty. */
export async function readJson<Row>(
  commander: Commander,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<Row[]> {
  const text = (await mustRun(commander, argv, { signal })).trim();
  return text === '' ? [] : (JSON.parse(text) as Row[]);
}
