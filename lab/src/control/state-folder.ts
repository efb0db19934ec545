import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { labError } from '../errors.ts';

/** Where the one running lab keeps what processes outside of it need. */
export interface StateFolder {
  readonly path: string;
  readonly socket: string;
  readonly log: string;
  readonly cloudsFile: string;
  readonly scenario: string;
}

/** Who holds a state folder. */
export interface Holder {
  readonly pid: number;
  /** When that process started, in clock ticks since boot: a process id alone may be someone else's by now. */
  readonly startTime: string;
  /** The scenario. */
  readonly file: string;
}

/** Longest path of a unix socket (sun_path less the closing zero). */
const MAX_SOCKET_PATH = 107;

/** The folder for a path; by default NETLOOM_LAB_DIR, else one in XDG_RUNTIME_DIR or the temporary folder. */
export function stateFolder(path?: string): StateFolder {
  const chosen = resolve(path ?? process.env['NETLOOM_LAB_DIR'] ?? defaultPath());
  const socket = join(chosen, 'control.sock');
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH) {
    throw labError('LAB_STATE_FOLDER', { folder: chosen, reason: 'its path is too long for a socket' });
  }
  return {
    path: chosen,
    socket,
    log: join(chosen, 'lab.log'),
    cloudsFile: join(chosen, 'clouds.yaml'),
    scenario: join(chosen, 'scenario.yaml'),
  };
}

function defaultPath(): string {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return runtime ? join(runtime, 'netloom-lab') : join(tmpdir(), `netloom-lab-${process.getuid?.()}`);
}

/** Takes the folder for this process; what a dead lab left in it goes. Throws LAB_ALREADY_UP or LAB_STATE_FOLDER. */
export async function claimFolder(folder: StateFolder, file: string): Promise<void> {
  await ensureOwn(folder.path);
  const mine = JSON.stringify({ pid: process.pid, startTime: await startTimeOf(process.pid), file });
  for (;;) {
    try {
      await writeFile(holderFile(folder), mine, { flag: 'wx' });
      break;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw labError('LAB_STATE_FOLDER', { folder: folder.path, reason: (cause as Error).message }, cause);
      }
    }
    const holder = await holderOf(folder);
    if (holder !== undefined) throw labError('LAB_ALREADY_UP', { ...holder, folder: folder.path });
    await rm(holderFile(folder), { force: true });
  }
  const logs = (await readdir(folder.path))
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(folder.path, name));
  await Promise.all([folder.socket, folder.cloudsFile, ...logs].map((path) => rm(path, { force: true })));
}

/** Passes a claimed folder on to the process that runs the lab. */
export async function handOver(folder: StateFolder, pid: number, file: string): Promise<void> {
  const holder: Holder = { pid, startTime: (await startTimeOf(pid)) ?? '', file };
  await writeFile(holderFile(folder), JSON.stringify(holder));
}

/** The live holder of a folder; undefined when it is free or its holder is dead. */
export async function holderOf(folder: StateFolder): Promise<Holder | undefined> {
  const text = await readFile(holderFile(folder), 'utf8').catch(() => '');
  if (text === '') return undefined;
  const holder = JSON.parse(text) as Holder;
  return (await startTimeOf(holder.pid)) === holder.startTime ? holder : undefined;
}

/** Frees a folder whose lab has ended; the logs stay. */
export async function releaseFolder(folder: StateFolder): Promise<void> {
  const gone = [holderFile(folder), folder.socket, folder.cloudsFile, folder.scenario];
  await Promise.all(gone.map((path) => rm(path, { force: true })));
}

function holderFile(folder: StateFolder): string {
  return join(folder.path, 'lab.json');
}

/** Nobody else may put a socket there that we then trust. */
async function ensureOwn(path: string): Promise<void> {
  const fail = (reason: string, cause?: unknown) => labError('LAB_STATE_FOLDER', { folder: path, reason }, cause);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw fail((cause as Error).message, cause);
  }
  const found = await stat(path);
  if (found.uid !== process.getuid?.()) throw fail('it belongs to another user');
  if ((found.mode & 0o077) !== 0) throw fail('other users may enter it; its mode must be 0700');
}

/** Field 22 of /proc/PID/stat (proc(5)); undefined when there is no such process, or only its remains. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}
