import { readdir, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACE_FOLDER } from './namespace.ts';
import { runCommand } from './run-command.ts';
import { serviceError } from './service-errors.ts';

/** Where a service's dnsmasq runs. */
export interface ProcessPlace {
  /** Names the service in messages. */
  readonly service: string;
  readonly namespace: string;
  /** Holds its files; the path is in its command line, which makes the process known as ours. */
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

export function configFile(folder: string, hash: string): string {
  return `${folder}/dnsmasq-${hash}.conf`;
}

/** No change of user or group: with one mapped id (user namespaces) that fails, and an empty group is how to say so. */
function commandLine(folder: string, configHash: string): readonly string[] {
  return [
    'dnsmasq',
    `--conf-file=${configFile(folder, configHash)}`,
    `--pid-file=${folder}/pid`,
    `--dhcp-leasefile=${folder}/leases`,
    `--dhcp-hostsfile=${folder}/hosts`,
    `--dhcp-optsfile=${folder}/options`,
    `--addn-hosts=${folder}/names`,
    '--user=root',
    '--group=',
    '--log-facility=/dev/null',
  ];
}

/** The process that serves now: alive, started by us for this folder, and inside its namespace as that is today. */
export async function findServing({ namespace, folder }: ProcessPlace): Promise<RunningProcess | undefined> {
  const pid = Number(await readFile(`${folder}/pid`, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const [process, own, wanted] = await Promise.all([
    readProcess(pid, folder),
    stat(`/proc/${pid}/ns/net`).catch(() => undefined),
    stat(`${NAMESPACE_FOLDER}/${namespace}`).catch(() => undefined),
  ]);
  return own !== undefined && own.ino === wanted?.ino ? process : undefined;
}

/** Starts dnsmasq in a session of its own, so that it outlives us. Back once it serves. */
export async function startDnsmasq(place: ProcessPlace, configHash: string, signal: AbortSignal): Promise<void> {
  const { service, namespace, folder } = place;
  const [program = '', ...args] = commandLine(folder, configHash);
  // dnsmasq turns itself into a daemon, and its first process ends when the daemon serves or has said why it cannot.
  const { code, stderr } = await runCommand(
    ['nsenter', `--net=${NAMESPACE_FOLDER}/${namespace}`, '--', program, ...args],
    signal,
  );
  if (code === 0) return;
  if (code === 126 || code === 127) throw serviceError('SERVICE_NO_DNSMASQ', { service });
  throw serviceError('SERVICE_START_FAILED', { service, folder, reason: stderr.trim() || `status ${code}` });
}

/** Makes it read hosts, options and names again. False when it ended meanwhile. */
export async function reloadDnsmasq(found: RunningProcess, folder: string): Promise<boolean> {
  return await send(found, folder, 'SIGHUP');
}

/** Ends every dnsmasq of ours for this folder, also one whose pid file or namespace name is lost. */
export async function stopDnsmasq({ service, folder }: ProcessPlace, signal: AbortSignal): Promise<void> {
  for (const found of await findAll(folder)) {
    await send(found, folder, 'SIGTERM');
    if (await endsSoon(found, folder, signal)) continue;
    await send(found, folder, 'SIGKILL');
    if (await endsSoon(found, folder, signal)) continue;
    throw serviceError('SERVICE_STOP_FAILED', { service, folder, pid: found.pid });
  }
}

async function endsSoon(found: RunningProcess, folder: string, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + STOP_MS;
  while (await isSame(found, folder)) {
    if (performance.now() > deadline) return false;
    await sleep(5, undefined, { signal });
  }
  return true;
}

/** /proc also shows processes of containers, in which the same path is another folder: those are not ours. */
async function findAll(folder: string): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const own = await stat('/proc/self/ns/pid');
  const found = await Promise.all(
    pids.map(async (pid) => {
      const process = await readProcess(pid, folder);
      const home = process && (await stat(`/proc/${pid}/ns/pid`).catch(() => undefined));
      return home?.ino === own.ino ? process : undefined;
    }),
  );
  return found.filter((process) => process !== undefined);
}

/** A process that is one of ours for this folder and no zombie. */
async function readProcess(pid: number, folder: string): Promise<RunningProcess | undefined> {
  const [cmdline, status] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
  ]);
  const argv = cmdline.split('\0').slice(0, -1);
  const prefix = `--conf-file=${folder}/dnsmasq-`;
  const config = argv[1]?.startsWith(prefix) ? argv[1].slice(prefix.length, -'.conf'.length) : undefined;
  if (argv[0] !== 'dnsmasq' || config === undefined) return undefined;
  // proc(5): the name in parentheses may hold anything; state is the first field after it, the start time the 20th.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTime = fields[19];
  if (state === undefined || state === 'Z' || state === 'X' || startTime === undefined) return undefined;
  const asNow = commandLine(folder, config);
  const same = argv.length === asNow.length && argv.every((arg, i) => arg === asNow[i]);
  return { pid, startTime, config: same ? config : undefined };
}

async function isSame(found: RunningProcess, folder: string): Promise<boolean> {
  return (await readProcess(found.pid, folder))?.startTime === found.startTime;
}

/** Signals exactly the process that was found; false when it is gone. */
async function send(found: RunningProcess, folder: string, name: NodeJS.Signals): Promise<boolean> {
  if (!(await isSame(found, folder))) return false;
  try {
    return process.kill(found.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
