import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const LAUNCHER = resolve(import.meta.dirname, '../../packages/cli/bin/netloom.js');

export interface ControllerSettings {
  /** "127.0.0.1:9696"; a free port unless told. */
  readonly listen?: string;
  /** PostgreSQL to use; its own embedded one unless told. */
  readonly databaseUrl?: string;
}

/** A real controller program on a data folder of its own. */
export interface ControllerProcess {
  /** "http://127.0.0.1:PORT" */
  readonly url: string;
  readonly cloudsFile: string;
  /** Where its agents connect: a unix socket in the data folder. */
  readonly agentAddress: string;
  readonly pid: number;
  /** Process id of its embedded PostgreSQL; 0 when it uses another one. */
  readonly databasePid: number;
  readonly child: ChildProcess;
  /** The end of what it logged. */
  log(): string;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts `netloom controller` and waits until it serves. It dies with this process. */
export async function startController(
  dataFolder: string,
  { listen = '127.0.0.1:0', databaseUrl = '' }: ControllerSettings = {},
): Promise<ControllerProcess> {
  // Not the usual TCP port: several of these run at once.
  const agentAddress = `unix:${join(dataFolder, 'agents.sock')}`;
  const words = ['controller', '--data-folder', dataFolder, '--listen', listen, '--agent-listen', agentAddress];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, LAUNCHER, ...words], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk) => (log = (log + chunk).slice(-40_000)));
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const lines = createInterface({ input: child.stdout });
  const ready = await new Promise<{ url: string; databasePid: number | null }>((done, fail) => {
    lines.once('line', (line) => done(JSON.parse(line) as { url: string; databasePid: number | null }));
    child.once('exit', (code) => fail(new Error(`controller ended with ${code}:\n${log.slice(-4000)}`)));
  });
  return {
    url: ready.url,
    databasePid: ready.databasePid ?? 0,
    cloudsFile: join(dataFolder, 'clouds.yaml'),
    agentAddress,
    pid: child.pid ?? 0,
    child,
    log: () => log,
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}
