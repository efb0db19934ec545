import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { labError } from '../errors.ts';
import { handOver, type StateFolder } from './state-folder.ts';

/** What the daemon is told on its command line, as JSON. */
export interface DaemonOptions {
  /** How messages name the scenario. */
  readonly file: string;
  readonly listen: string;
  /** As processes outside the lab see it. */
  readonly stateFolder: string;
}

const DAEMON = fileURLToPath(new URL('../world/daemon.ts', import.meta.url));

/**
 * First process of the lab. /proc still is the machine's when it reads the id it has there. The lab's runtime files are in
 * a /run of its own; the state folder may lie under the machine's /run, so from here on it is the working folder and
 * named relative to that. It waits, and so reaps what the lab's processes leave; when it ends, the kernel ends them all.
 */
const FIRST_PROCESS = `read -r NETLOOM_LAB_PID _ < /proc/self/stat
export NETLOOM_LAB_PID
mount -t proc proc /proc && mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/netns || exit 1
"$@" & wait $!`;

/**
 * Starts the lab's daemon in namespaces of its own. Attached, it dies with this process, even by kill -9. Gives the
 * outermost process: when that ends, nothing of the lab is left.
 */
export async function launch(
  folder: StateFolder,
  options: DaemonOptions & { readonly detach: boolean },
): Promise<ChildProcess> {
  const { detach, ...told } = options;
  const isRoot = process.getuid?.() === 0;
  const argv = [
    ...(detach ? [] : ['setpriv', '--pdeathsig', 'KILL', '--']),
    ...['unshare', ...(isRoot ? [] : ['--user', '--map-root-user'])],
    ...['--pid', '--mount', '--propagation', 'private', '--fork', '--kill-child'],
    ...['sh', '-c', FIRST_PROCESS, 'netloom-lab', process.execPath, DAEMON, JSON.stringify(told)],
  ];
  const log = await open(folder.log, 'a', 0o600);
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    cwd: folder.path,
    // A session of its own: Ctrl-C in the terminal is for the command, which then ends the lab in order.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: {
      ...process.env,
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
      NODE_COMPILE_CACHE: '/run/node-cache',
    },
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('spawn', resolve);
  child.once('error', reject);
  try {
    await promise;
  } catch (cause) {
    throw labError('LAB_TOOLS', { programs: program, packages: 'util-linux' }, cause);
  } finally {
    await log.close();
  }
  if (child.pid !== undefined) await handOver(folder, child.pid, options.file);
  return child;
}

/** Waits until the daemon listens. Throws LAB_NAMESPACES or LAB_START with its last words when it dies first. */
export async function awaitSocket(folder: StateFolder, child: ChildProcess, signal?: AbortSignal): Promise<void> {
  while (!(await answers(folder.socket))) {
    signal?.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null) {
      const words = (await readFile(folder.log, 'utf8')).trim().split('\n').slice(-5).join('\n');
      if (/unshare:.*(not permitted|No space left|Invalid argument)/.test(words)) {
        throw labError('LAB_NAMESPACES', { user: process.getuid?.(), reason: words });
      }
      throw labError('LAB_START', { reason: words, log: folder.log });
    }
    await sleep(20);
  }
}

/** There may be a socket on which nobody listens yet. */
function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
