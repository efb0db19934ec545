import { readdir, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACE_FOLDER } from './namespace.ts';
import { runCommand } from './run-command.ts';
import { serviceError } from './service-errors.ts';

/** A program that turns itself into a daemon once it serves, and the service that it serves for. */
export interface Daemon {
  readonly program: string;
  /** Debian's package of it. */
  readonly package: string;
  /** Its arguments; the first names the configuration file and so makes the process known as ours. */
  readonly args: (folder: string, configFile: string) => readonly [string, ...string[]];
}

/** Where a daemon runs for a service. */
export interface ProcessPlace {
  /** Names the service in messages. */
  readonly service: string;
  readonly daemon: Daemon;
  readonly namespace: string;
  /** Holds its files; the path is in its command line. */
  readonly folder: string;
}

export interface RunningProcess {
  readonly pid: number;
  /** Clock ticks from boot to its start: with the pid it names a process that no other can be mistaken for. */
  readonly startTime: string;
  /** Hash of the configuration it was started with; undefined when another version of this code started it. */
  readonly config: string | undefined;
}

/** Time for an orderly end, in which dnsmasq writes its leases. */
const STOP_MS = 2_000;

export function configFile({ folder, daemon }: Pick<ProcessPlace, 'folder' | 'daemon'>, hash: string): string {
  return `${folder}/${daemon.program}-${hash}.conf`;
}

function commandLine(place: ProcessPlace, configHash: string): readonly string[] {
  return [place.daemon.program, ...place.daemon.args(place.folder, configFile(place, configHash))];
}

/** The process that serves now: alive, started by us for this folder, and inside its namespace as that is today. */
export async function findServing(place: ProcessPlace): Promise<RunningProcess | undefined> {
  const { namespace, folder } = place;
  const pid = Number(await readFile(`${folder}/pid`, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const [process, own, wanted] = await Promise.all([
    readProcess(pid, place),
    stat(`/proc/${pid}/ns/net`).catch(() => undefined),
    stat(`${NAMESPACE_FOLDER}/${namespace}`).catch(() => undefined),
  ]);
  return own !== undefined && own.ino === wanted?.ino ? process : undefined;
}

/** Starts it in a session of its own, so that it outlives us. Back once it serves, or has said why it cannot. */
export async function startDaemon(place: ProcessPlace, configHash: string, signal: AbortSignal): Promise<void> {
  const { service, namespace, folder, daemon } = place;
  const { code, stderr } = await runCommand(
    ['nsenter', `--net=${NAMESPACE_FOLDER}/${namespace}`, '--', ...commandLine(place, configHash)],
    signal,
  );
  if (code === 0) return;
  if (code === 126 || code === 127)
    throw serviceError('SERVICE_NO_PROGRAM', { service, program: daemon.program, package: daemon.package });
  const reason = stderr.trim() || `status ${code}`;
  throw serviceError('SERVICE_START_FAILED', { service, program: daemon.program, folder, reason });
}

/** Makes it read its files again. False when it ended meanwhile. */
export async function reloadDaemon(found: RunningProcess, place: ProcessPlace): Promise<boolean> {
  return await send(found, place, 'SIGHUP');
}

/** Ends every one of ours for this folder, also one whose pid file or namespace name is lost. */
export async function stopDaemon(place: ProcessPlace, signal: AbortSignal): Promise<void> {
  const { service, folder, daemon } = place;
  for (const found of await findAll(place)) {
    await send(found, place, 'SIGTERM');
    if (await endsSoon(found, place, signal)) continue;
    await send(found, place, 'SIGKILL');
    if (await endsSoon(found, place, signal)) continue;
    throw serviceError('SERVICE_STOP_FAILED', { service, program: daemon.program, folder, pid: found.pid });
  }
}

async function endsSoon(found: RunningProcess, place: ProcessPlace, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + STOP_MS;
  while (await isSame(found, place)) {
    if (performance.now() > deadline) return false;
    await sleep(5, undefined, { signal });
  }
  return true;
}

/** /proc also shows processes of containers, in which the same path is another folder: those are not ours. */
async function findAll(place: ProcessPlace): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const own = await stat('/proc/self/ns/pid');
  const found = await Promise.all(
    pids.map(async (pid) => {
      const process = await readProcess(pid, place);
      const home = process && (await stat(`/proc/${pid}/ns/pid`).catch(() => undefined));
      return home?.ino === own.ino ? process : undefined;
    }),
  );
  return found.filter((process) => process !== undefined);
}

/** A process that is one of ours for this folder and no zombie. */
async function readProcess(pid: number, place: ProcessPlace): Promise<RunningProcess | undefined> {
  const [cmdline, status] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
  ]);
  const argv = cmdline.split('\0').slice(0, -1);
  // What stands before and after the hash where the configuration is named.
  const [prefix = '', suffix = ''] = (commandLine(place, '\0')[1] ?? '').split('\0');
  const config = argv[1]?.startsWith(prefix) ? argv[1].slice(prefix.length, -suffix.length) : undefined;
  if (argv[0] !== place.daemon.program || config === undefined) return undefined;
  // proc(5): the name in parentheses may hold anything; state is the first field after it, the start time the 20th.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTime = fields[19];
  if (state === undefined || state === 'Z' || state === 'X' || startTime === undefined) return undefined;
  const asNow = commandLine(place, config);
  const same = argv.length === asNow.length && argv.every((arg, i) => arg === asNow[i]);
  return { pid, startTime, config: same ? config : undefined };
}

async function isSame(found: RunningProcess, place: ProcessPlace): Promise<boolean> {
  return (await readProcess(found.pid, place))?.startTime === found.startTime;
}

/** Signals exactly the process that was found; false when it is gone. */
async function send(found: RunningProcess, place: ProcessPlace, name: NodeJS.Signals): Promise<boolean> {
  if (!(await isSame(found, place))) return false;
  try {
    return process.kill(found.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
