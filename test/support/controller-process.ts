import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const LAUNCHER = resolve(import.meta.dirname, '../../packages/cli/bin/netloom.js');

/** A real controller program on a data folder of its own. */
export interface ControllerProcess {
  /** "http://127.0.0.1:PORT" */
  readonly url: string;
  readonly cloudsFile: string;
  readonly pid: number;
  /** Process id of its embedded PostgreSQL. */
  readonly databasePid: number;
  readonly child: ChildProcess;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts `netloom controller` and waits until it serves. It dies with this process. */
export async function startController(dataFolder: string, listen = '127.0.0.1:0'): Promise<ControllerProcess> {
  const words = ['controller', '--data-folder', dataFolder, '--listen', listen];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, LAUNCHER, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk) => (log = (log + chunk).slice(-4000)));
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const lines = createInterface({ input: child.stdout });
  const ready = await new Promise<{ url: string; databasePid: number }>((done, fail) => {
    lines.once('line', (line) => done(JSON.parse(line) as { url: string; databasePid: number }));
    child.once('exit', (code) => fail(new Error(`controller ended with ${code}:\n${log}`)));
  });
  return {
    url: ready.url,
    databasePid: ready.databasePid,
    cloudsFile: join(dataFolder, 'clouds.yaml'),
    pid: child.pid ?? 0,
    child,
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}
