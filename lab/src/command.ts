import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { callControl } from './control/call-control.ts';
import { endWorld } from './control/end-world.ts';
import { awaitSocket, launch } from './control/launch.ts';
import { claimFolder, holderOf, releaseFolder, stateFolder } from './control/state-folder.ts';
import { labError } from './errors.ts';
import type { CheckReport, FaultRequest, LabStatus, MoveReport } from './report.ts';
import { parseScenario } from './scenario/parse-scenario.ts';
import { formatProblem } from './scenario/problems.ts';
import type { Scenario } from './scenario/scenario.ts';
import { simulateScenario } from './scenario/simulate.ts';
import { scenarioTracer, type Tracer } from './scenario/tracer.ts';
import { needPrograms } from './world/programs.ts';

/*
 * What can be done with labs. Every function throws CodedErrors of LAB_ERRORS (./errors.ts). A scenario with mistakes
 * throws LAB_SCENARIO, whose message lists each as "FILE:LINE:COLUMN: CODE: what is wrong".
 */

export interface LabOptions {
  /** Holds the one running lab's control socket, logs and clouds.yaml; default: NETLOOM_LAB_DIR, else under XDG_RUNTIME_DIR or the temporary folder. */
  readonly stateFolder?: string;
  readonly signal?: AbortSignal;
}

export interface UpOptions extends LabOptions {
  /** The scenario. */
  readonly file: string;
  /** True: the lab outlives this process. False: it ends with this process, however that ends, and with the signal. */
  readonly detach: boolean;
  /** Address of the API, on the machine's own loopback; default 127.0.0.1:9696. Port 0 takes a free one. */
  readonly listen?: string;
  /** Called with a short line at the start of every step of set-up. */
  readonly onProgress?: (line: string) => void;
}

/** A lab that is up: every workload is plugged, has its addresses, and the revision is applied on every host. */
export interface RunningLab {
  readonly status: LabStatus;
  /** Settles when the lab has ended, by `down` or because it died. */
  readonly ended: Promise<void>;
}

const DEFAULT_LISTEN = '127.0.0.1:9696';

export async function up(options: UpOptions): Promise<RunningLab> {
  const { file, detach, signal } = options;
  const { scenario, text } = await readScenario(file);
  needPrograms(scenario);
  const folder = stateFolder(options.stateFolder);
  await claimFolder(folder, file);
  try {
    await writeFile(folder.scenario, text, { mode: 0o600 });
    const listen = options.listen ?? DEFAULT_LISTEN;
    const child = await launch(folder, { file, listen, stateFolder: folder.path, detach });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const end = (): void => void endWorld(child.pid ?? 0);
    signal?.addEventListener('abort', end);
    try {
      signal?.throwIfAborted();
      await awaitSocket(folder, child, signal);
      const { onProgress } = options;
      const status = await callControl(folder, { method: 'ready', params: null }, { onProgress, signal });
      if (!detach) return { status, ended: ended.then(() => releaseFolder(folder)) };
      signal?.removeEventListener('abort', end);
      child.unref();
      return { status, ended };
    } catch (error) {
      end();
      await ended;
      throw error;
    }
  } catch (error) {
    await releaseFolder(folder);
    throw error;
  }
}

/** Answers every expectation of the running lab by trace and by packets. */
export function check(options: LabOptions = {}): Promise<CheckReport> {
  return callControl(stateFolder(options.stateFolder), { method: 'check', params: null }, options);
}

/** Answers every expectation of a file by trace alone: needs no lab and no rights. */
export async function simulate(options: { readonly file: string }): Promise<CheckReport> {
  return simulateScenario((await readScenario(options.file)).scenario);
}

/** Answers traces from a file alone: needs no lab and no rights. */
export async function tracer(options: { readonly file: string }): Promise<Tracer> {
  return scenarioTracer((await readScenario(options.file)).scenario);
}

/** Runs a command in a workload or on a host, with this process's stdin, stdout and stderr; gives its exit code. */
export async function exec(
  options: LabOptions & { readonly place: string; readonly command: readonly string[] },
): Promise<number> {
  const [program = '', ...args] = await wayInto(options);
  const child = spawn(program, [...args, ...options.command], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject);
  child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  return promise;
}

/** What to put before a command to run it in a workload or on a host, for as long as the lab is up. */
export async function wayInto(options: LabOptions & { readonly place: string }): Promise<readonly string[]> {
  const folder = stateFolder(options.stateFolder);
  const way = await callControl(folder, { method: 'enter', params: { place: options.place } }, options);
  // Without root the lab has a user namespace, which comes first; its set-up lets nobody change groups in there.
  const user = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
  return [
    ...['nsenter', '-t', String(way.outerPid), ...user, '--mount', '--pid', '--'],
    ...['nsenter', '-t', String(way.innerPid), '--net', '--mount', '--uts', '--'],
  ];
}

/** Moves a workload to another host while it is probed every 5 ms. */
export function move(options: LabOptions & { readonly workload: string; readonly host: string }): Promise<MoveReport> {
  const { workload, host } = options;
  return callControl(stateFolder(options.stateFolder), { method: 'move', params: { workload, host } }, options);
}

export function status(options: LabOptions = {}): Promise<LabStatus> {
  return callControl(stateFolder(options.stateFolder), { method: 'status', params: null }, options);
}

/** Ends the running lab and waits until nothing of it is left; false when there was none. */
export async function down(options: LabOptions = {}): Promise<boolean> {
  const folder = stateFolder(options.stateFolder);
  const holder = await holderOf(folder);
  if (holder === undefined) return false;
  await callControl(folder, { method: 'down', params: null }, options).catch(() => {
    // A lab that does not answer is ended from outside.
    return endWorld(holder.pid);
  });
  while ((await holderOf(folder)) !== undefined) {
    options.signal?.throwIfAborted();
    await sleep(20);
  }
  await releaseFolder(folder);
  return true;
}

/** Kills or starts an agent, the controller or its database. */
export async function fault(options: LabOptions & FaultRequest): Promise<void> {
  const { stateFolder: path, signal, ...params } = options;
  await callControl(stateFolder(path), { method: 'fault', params }, { signal });
}

/** Makes a workload renew its DHCPv4 lease now; gives the server's answer by udhcpc's names. */
export function renew(options: LabOptions & { readonly workload: string }): Promise<Readonly<Record<string, string>>> {
  const params = { workload: options.workload };
  return callControl(stateFolder(options.stateFolder), { method: 'renew', params }, options);
}

async function readScenario(file: string): Promise<{ readonly scenario: Scenario; readonly text: string }> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw labError('LAB_FILE', { file, reason: cause.message }, cause);
  });
  const parsed = parseScenario(text, file);
  if ('scenario' in parsed) return { scenario: parsed.scenario, text };
  const list = parsed.errors.map(formatProblem).join('\n');
  throw labError('LAB_SCENARIO', {
    file,
    list,
    count: parsed.errors.length === 1 ? 'A mistake' : `${parsed.errors.length} mistakes`,
  });
}
