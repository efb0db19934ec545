import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresAccount } from './postgres-account.ts';
import type { PostgresPackage } from './postgres-package.ts';
import { storeError } from './store-errors.ts';

export interface PostgresPlace {
  readonly folder: string;
  readonly socketFolder: string;
  readonly account: PostgresAccount;
  readonly files: PostgresPackage;
  /** How long to wait for the end of an earlier server, in seconds. */
  readonly lockSeconds: number;
}

export interface PostgresProcess {
  readonly pid: number;
  /** Settles, with the coded reason, when the server is gone. */
  readonly gone: Promise<Error>;
  /** Fast shutdown: sessions are ended, everything is on disk. */
  stop(): Promise<void>;
}

const READY_SECONDS = 60;
const LOCKED = 75;

/**
 * One process goes through all of this by exec, so that its pid is the server's in the end:
 * 1. it dies with the controller (death signal), and checks that the controller did not die before the signal was set;
 * 2. it takes a lock on the folder that all processes of the server inherit, so it is free only when the last of an old, dying server
 *    is gone: there are never two servers on a folder, and the file postmaster.pid need not be trusted;
 * 3. it gives the folder to the account and becomes the account, which clears the death signal: it is set and checked again.
 */
const LOCKED_STAGE = `
test "$PPID" = "$1" || exit 1
umask 077
test "$(stat -c %u:%g "$2/data" 2>/dev/null || stat -c %u:%g "$2")" = "$3" || chown -R "$3" "$2" || exit 1
chown "$3" "$2" "$4" || exit 1
cd "$2" || exit 1
mv -f postgres.log postgres.log.old 2>/dev/null
shift 4
exec "$@" > postgres.log 2>&1`;

/**
 * The cluster is made aside and renamed when it is whole. The only role that may log in is not a superuser. PostgreSQL refuses to start
 * when postmaster.pid names any living process of its user, so a pid that was reused is cleared out of the way. The socket's lock file
 * names the old pid too, and a killed server stays visible until its new parent has reaped it: behind the folder's lock it is stale.
 */
const SERVER_STAGE = `
test "$PPID" = "$1" || exit 1
bin=$2; sockets=$3
cd "$4" || exit 1
umask 077
if ! test -d data; then
  rm -rf data.new
  "$bin/initdb" -D data.new -U postgres -E UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C \\
    --data-checksums --auth=reject --set password_encryption=scram-sha-256 || exit 1
  echo 'local all netloom scram-sha-256' > data.new/pg_hba.conf
  "$bin/postgres" --single -D data.new postgres <<END
CREATE ROLE netloom LOGIN CREATEDB PASSWORD '$(cat password)'
CREATE DATABASE netloom OWNER netloom
END
  mv data.new data && sync data . || exit 1
fi
old=$(head -n 1 data/postmaster.pid 2>/dev/null)
test -n "$old" && test "$(readlink "/proc/$old/cwd")" != "$PWD/data" && rm -f data/postmaster.pid
rm -f "$sockets"/.s.PGSQL.*
shift 4
exec "$bin/postgres" -D "$PWD/data" -k "$sockets" "$@"`;

const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '64MB',
  jit: 'off',
  // Nothing replicates from it, so less needs to be logged.
  wal_level: 'minimal',
  max_wal_senders: '0',
  // Failed statements are answers to clients, not news: LOG, FATAL and PANIC only.
  log_min_messages: 'log',
  log_checkpoints: 'off',
  timezone: 'UTC',
};

/** Starts the server (making its cluster first when there is none) and waits until it accepts connections. */
export async function startPostgresProcess(place: PostgresPlace, signal?: AbortSignal): Promise<PostgresProcess> {
  const { folder } = place;
  const child = launch(place);
  // What is said before the log file is open; the pipe closes itself when it is.
  let early = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    early += text;
  });
  const gone = new Promise<Error>((resolve) => {
    child.once('error', (cause) =>
      resolve(storeError('POSTGRES_DIED', { folder, reason: cause.message, log: '' }, cause)),
    );
    child.once('close', (code, signal) => void explain({ folder, code, signal, early }).then(resolve));
  });
  try {
    await ready(place, child, gone, signal);
  } catch (error) {
    child.kill('SIGQUIT');
    if (child.pid !== undefined) await gone;
    throw error;
  }
  child.unref();
  return { pid: child.pid as number, gone, stop: () => stop(child, gone) };
}

function launch({ folder, socketFolder, account, files, lockSeconds }: PostgresPlace): ChildProcess {
  const me = String(process.pid);
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = [
    ...['--pdeathsig', 'KILL', '--'],
    ...['flock', '-F', '-w', String(lockSeconds), '-E', String(LOCKED), join(folder, 'lock')],
    ...['sh', '-c', LOCKED_STAGE, 'sh', me, folder, account.owner, socketFolder],
    ...account.prefix,
    ...['setpriv', '--pdeathsig', 'QUIT', '--no-new-privs', '--'],
    ...['sh', '-c', SERVER_STAGE, 'sh', me, files.bin, socketFolder, folder, ...settings],
  ];
  return spawn('setpriv', args, {
    cwd: '/',
    // A session of its own: Ctrl-C in the controller's terminal must not reach the database before the controller is done with it.
    detached: true,
    env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** The server writes its state into the eighth line of postmaster.pid (src/include/utils/pidfile.h). */
async function ready(
  { folder, lockSeconds }: PostgresPlace,
  child: ChildProcess,
  gone: Promise<Error>,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + (lockSeconds + READY_SECONDS) * 1000;
  let death: Error | undefined;
  void gone.then((error) => {
    death = error;
  });
  for (;;) {
    const lines = (await readFile(join(folder, 'data/postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (lines[0] === String(child.pid) && lines[7]?.trim() === 'ready') return;
    await Promise.race([sleep(10, undefined, signal ? { signal } : {}), gone]);
    if (death) throw death;
    if (Date.now() > deadline) {
      throw storeError('POSTGRES_SLOW', { folder, seconds: READY_SECONDS, log: await logTail(folder) });
    }
  }
}

async function stop(child: ChildProcess, gone: Promise<Error>): Promise<void> {
  child.ref();
  for (const [signal, patience] of [
    ['SIGINT', 30_000],
    ['SIGQUIT', 10_000],
    ['SIGKILL', 10_000],
  ] as const) {
    child.kill(signal);
    const over = new AbortController();
    const waited = sleep(patience, 'late', { signal: over.signal }).catch(() => 'late');
    if ((await Promise.race([gone, waited])) !== 'late') {
      over.abort();
      return;
    }
  }
}

interface End {
  readonly folder: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly early: string;
}

async function explain({ folder, code, signal, early }: End): Promise<Error> {
  if (code === LOCKED) return storeError('POSTGRES_FOLDER_BUSY', { folder });
  const log = early.trim() || (await logTail(folder));
  if (/No space left on device|Disk quota exceeded/.test(log)) return storeError('POSTGRES_DISK_FULL', { folder });
  if (/Permission denied|Read-only file system/.test(log)) {
    return storeError('POSTGRES_FOLDER_UNUSABLE', { folder, reason: log });
  }
  return storeError('POSTGRES_DIED', { folder, reason: signal ?? `exit status ${code}`, log });
}

async function logTail(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'postgres.log'), 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-8).join('\n').slice(-2000);
}
