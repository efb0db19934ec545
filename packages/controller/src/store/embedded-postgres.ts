import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { choosePostgresAccount } from './postgres-account.ts';
import { findPostgresPackage, type PostgresPackage } from './postgres-package.ts';
import { type PostgresPlace, type PostgresProcess, startPostgresProcess } from './postgres-process.ts';
import { storeError } from './store-errors.ts';

export interface EmbeddedPostgres {
  /** Connection URL, with its password: not for logs. */
  readonly url: string;
  /** Process id of the server that runs now, or ran last. */
  readonly pid: number;
  /** Ends the server with everything on disk; later calls wait for the same end. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** A folder of the server's own: it is made when missing and given to the account that the server runs as. */
  readonly dataFolder: string;
  /** Called when the server dies without being asked; it is started again until `stop`. */
  readonly onDeath?: (error: Error) => void;
  /** How long to wait for the end of an earlier server on the folder, in seconds. */
  readonly lockSeconds?: number;
  /** Ends the wait for the start; a server that has started lives on. */
  readonly signal?: AbortSignal;
}

/** Longest path of a unix socket that the kernel and PostgreSQL take, without the closing zero byte (unix(7)). */
const SOCKET_PATH_MAX = 107;
const SOCKET_NAME = '.s.PGSQL.5432';
const RESTART_MS = [0, 200, 1000, 5000];

/**
 * Starts PostgreSQL as a child process on a unix socket, without TCP. It dies with this process and is restarted when it dies alone.
 *
 * Logins need a password (scram), which only the folder's owner can read: "trust" would lean on the socket folder's mode
 * alone, and with it every process of a shared account such as nobody would be let in; "peer" cannot work, because the names
 * behind uids differ between user namespaces.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.dataFolder);
  const files = await findPostgresPackage();
  await makeFolder(folder);
  await checkVersion(folder, files);
  const account = await choosePostgresAccount([join(files.bin, 'postgres'), dirname(folder)], options.signal);
  const password = await readPassword(folder);
  const socketFolder = await makeSocketFolder(folder);
  const place: PostgresPlace = { folder, files, account, socketFolder, lockSeconds: options.lockSeconds ?? 15 };
  try {
    const server = await startPostgresProcess(place, options.signal);
    await rememberSocketFolder(place);
    return supervise(place, server, password, options.onDeath);
  } catch (error) {
    if (!isInside(place)) await rm(place.socketFolder, { recursive: true, force: true });
    throw error;
  }
}

function supervise(
  place: PostgresPlace,
  first: PostgresProcess,
  password: string,
  onDeath?: (error: Error) => void,
): EmbeddedPostgres {
  let server = first;
  const stopping = new AbortController();
  const over = keepAlive();

  async function keepAlive(): Promise<void> {
    while (!stopping.signal.aborted) {
      const death = await Promise.race([server.gone, aborted(stopping.signal)]);
      if (!death) return;
      onDeath?.(death);
      const next = await restart();
      if (next) server = next;
    }
  }

  async function restart(): Promise<PostgresProcess | undefined> {
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      try {
        await sleep(RESTART_MS[attempt] ?? RESTART_MS.at(-1), undefined, { signal: stopping.signal, ref: false });
        return await startPostgresProcess(place, stopping.signal);
      } catch (error) {
        if (!stopping.signal.aborted) onDeath?.(error as Error);
      }
    }
    return undefined;
  }

  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    stopping.abort();
    await over;
    await server.stop();
    if (!isInside(place)) await forgetSocketFolder(place.folder);
  }
  return {
    url: `postgresql://netloom:${password}@${encodeURIComponent(place.socketFolder)}/netloom`,
    get pid() {
      return server.pid;
    },
    stop: () => (stopped ??= stop()),
  };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((done) => {
    if (signal.aborted) done(undefined);
    else signal.addEventListener('abort', () => done(undefined), { once: true });
  });
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(dirname(folder), { recursive: true });
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o700);
    // Written through a file of its own, because access(2) says yes to root on a read-only or full disk.
    await writeFile(join(folder, 'lock'), '', { flag: 'a', mode: 0o600 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') throw storeError('POSTGRES_DISK_FULL', { folder }, cause);
    throw storeError('POSTGRES_FOLDER_UNUSABLE', { folder, reason: (cause as Error).message }, cause);
  }
}

async function checkVersion(folder: string, files: PostgresPackage): Promise<void> {
  const found = (await readFile(join(folder, 'data/PG_VERSION'), 'utf8').catch(() => '')).trim();
  if (found !== '' && found !== String(files.major)) {
    throw storeError('POSTGRES_FOLDER_VERSION', { folder, found, wanted: files.major });
  }
}

/** Made once; a link makes it appear whole or not at all when two controllers start at the same moment. */
async function readPassword(folder: string): Promise<string> {
  const file = join(folder, 'password');
  const mine = `${file}.${randomBytes(8).toString('hex')}`;
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known !== '') return known;
  await writeFile(mine, randomBytes(32).toString('hex'), { mode: 0o600 });
  await link(mine, file).catch(() => undefined);
  await rm(mine);
  return readFile(file, 'utf8');
}

/** "socket" in the data folder, or when that path is too long a private folder in the temporary one. */
async function makeSocketFolder(folder: string): Promise<string> {
  const inside = join(folder, 'socket');
  if (Buffer.byteLength(join(inside, SOCKET_NAME)) > SOCKET_PATH_MAX) return mkdtemp(join(tmpdir(), 'netloom-'));
  await mkdir(inside, { recursive: true, mode: 0o700 });
  return inside;
}

function isInside({ folder, socketFolder }: PostgresPlace): boolean {
  return socketFolder === join(folder, 'socket');
}

/** A link in the data folder tells the next start what to clear away if this one does not end in order. */
async function rememberSocketFolder(place: PostgresPlace): Promise<void> {
  if (isInside(place)) return;
  await forgetSocketFolder(place.folder);
  await symlink(place.socketFolder, join(place.folder, 'socket'));
}

async function forgetSocketFolder(folder: string): Promise<void> {
  const path = join(folder, 'socket');
  const old = await readlink(path).catch(() => undefined);
  if (old !== undefined) await rm(old, { recursive: true, force: true });
  await rm(path, { recursive: true, force: true });
}
