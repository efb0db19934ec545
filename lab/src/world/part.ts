import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { labError } from '../errors.ts';

/** A program of netloom that runs in the lab, and can be killed and started again. */
export interface Part {
  /** Null while it does not run. */
  readonly pid: number | null;
  /** Settles when it runs, and is ready where it says so. Throws LAB_PART_DIED when it ends before that. */
  start(): Promise<void>;
  /** SIGKILL; settles when it is gone. */
  kill(): Promise<void>;
}

export interface PartOptions {
  readonly name: string;
  readonly argv: readonly string[];
  /** Its log, in the working folder, and as processes outside the lab name it. */
  readonly log: string;
  readonly logShown: string;
  /** Tells by a line of its standard output that it is ready; without it, running is enough. */
  readonly isReady?: (line: string) => boolean;
  /** Called with LAB_PART_DIED when it ends and nobody has killed it. */
  readonly onDeath?: (error: Error) => void;
}

/** What would lead a program of the lab to something outside of it. */
const FOREIGN = /^(DATABASE_URL|PG[A-Z]+|OS_[A-Z_]+|NETLOOM_[A-Z_]+)$/;

export function part(options: PartOptions): Part {
  const [program = '', ...args] = options.argv;
  let child: ChildProcess | undefined;
  let gone: Promise<string> = Promise.resolve('');
  const died = async (reason: string): Promise<Error> => {
    const words = (await readFile(options.log, 'utf8').catch(() => '')).trim().split('\n').slice(-3).join('\n');
    return labError('LAB_PART_DIED', {
      part: options.name,
      reason: `${reason}\n${words}`.trim(),
      log: options.logShown,
    });
  };
  return {
    get pid() {
      return child?.pid ?? null;
    },
    async start() {
      if (child !== undefined) return;
      const log = createWriteStream(options.log, { flags: 'a', mode: 0o600 });
      const started = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: cleanEnvironment() });
      child = started;
      gone = new Promise((resolve) => {
        started.once('error', (error) => resolve(error.message));
        started.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
      });
      void gone.then(async (end) => {
        const isDeath = child === started;
        child = undefined;
        log.end();
        if (isDeath) options.onDeath?.(await died(end));
      });
      const ready = followOutput(started, log, options.isReady);
      const end = await Promise.race([ready.then(() => null), gone]);
      if (end !== null) throw await died(end);
    },
    async kill() {
      const victim = child;
      child = undefined;
      victim?.kill('SIGKILL');
      await gone;
    },
  };
}

function followOutput(child: ChildProcess, log: WriteStream, isReady: PartOptions['isReady']): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  child.stderr?.pipe(log, { end: false });
  child.stdout?.pipe(log, { end: false });
  if (child.stdout && isReady) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (isReady(line)) resolve();
    });
  } else child.once('spawn', resolve);
  return promise;
}

function cleanEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
}
