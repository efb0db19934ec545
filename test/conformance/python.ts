import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

export type PythonProcess = ChildProcessByStdio<Writable, Readable, Readable> & {
  /** The end of what it wrote to standard error. */
  readonly complaints: () => string;
  /** Its exit code, once it ended. */
  readonly ended: Promise<number | null>;
};

/** Runs a script with the system's own Python, where packages of the system are installed. It dies with this process. */
export function startPython(words: readonly string[], env: NodeJS.ProcessEnv): PythonProcess {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '/usr/bin/python3', ...words], {
    // Warnings of clients about their own future are nobody's business here.
    env: { ...process.env, PYTHONWARNINGS: 'ignore', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-4000)));
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  return Object.assign(child, { complaints: () => printed, ended });
}
