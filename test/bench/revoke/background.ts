import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Background {
  /** Ends it by a signal and gives all that it said. */
  end(signal?: NodeJS.Signals): Promise<string>;
}

export interface BackgroundOptions {
  readonly input?: string;
  /** Takes its standard output, which is then not kept. */
  readonly onData?: (chunk: Buffer) => void;
  /** Started when it has said this; at once unless told. */
  readonly ready?: RegExp;
}

/** Starts a command in a network namespace, until it is ended or this process dies. Rejects when it ends before it is ready. */
export async function background(
  namespace: string,
  argv: readonly string[],
  { input = '', onData, ready = /(?:)/ }: BackgroundOptions = {},
): Promise<Background> {
  const enter = ['--pdeathsig', 'KILL', 'nsenter', `--net=/run/netns/${namespace}`, '--'];
  // A group of its own: what it forks (trafgen) ends with it.
  const child = spawn('setpriv', [...enter, ...argv], { stdio: 'pipe', detached: true });
  let said = '';
  const started = Promise.withResolvers<void>();
  const hear = (chunk: Buffer): void => {
    said += chunk.toString();
    if (ready.test(said)) started.resolve();
  };
  child.stdout.on('data', onData ?? hear);
  child.stderr.on('data', hear);
  const ended = once(child, 'close');
  void ended.then(() => started.reject(new Error(`${argv.join(' ')} ended:\n${said}`)));
  child.stdin.end(input);
  if (ready.test('')) started.resolve();
  await started.promise;
  return {
    async end(signal = 'SIGKILL') {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
      await ended;
      return said;
    },
  };
}
