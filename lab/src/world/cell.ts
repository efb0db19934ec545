import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Writable } from 'node:stream';
import { labError } from '../errors.ts';
import { run } from './run.ts';

/**
 * A machine of the lab: network, mount and host-name namespaces of its own, held open by one process and gone with it.
 * Not `ip netns`: its names would be seen by all hosts of the lab, and every `ip netns exec` hides the mounts made inside.
 */
export interface Cell {
  readonly name: string;
  readonly pid: number;
  /** Lines that the cell's process writes. */
  readonly lines: Interface;
  readonly stdin: Writable;
  /** Settles when the cell's process has ended. */
  readonly ended: Promise<void>;
  /** Runs a program in the cell. */
  run(argv: readonly string[], input?: string): Promise<string>;
  /** The way in, to put before a program and its arguments. */
  readonly enter: readonly string[];
  kill(): void;
}

export interface CellOptions {
  readonly name: string;
  /** Shell lines that prepare the cell; "$name" is its name. */
  readonly setup?: string;
  /** The process that holds it open. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** File descriptor for its standard error. */
  readonly log: number | 'inherit' | 'ignore';
}

const READY = 'cell ready';

/* /sys shows the devices of the namespace it was mounted in. Where the machine hides parts of /sys, mounting is refused; nothing here depends on it. */
const SETUP = `name=$1; shift
hostname "$name" 2>/dev/null || :
mount -t sysfs sysfs /sys 2>/dev/null || :
ip link set lo up
`;

/** Throws LAB_COMMAND when the namespaces or the set-up fail. */
export async function startCell(options: CellOptions): Promise<Cell> {
  const script = `${SETUP}${options.setup ?? ''}\necho "${READY}"\nexec "$@"`;
  const child = spawn(
    'unshare',
    ['--net', '--mount', '--uts', '--propagation', 'private', 'sh', '-ec', script, 'sh', options.name, ...options.argv],
    { stdio: ['pipe', 'pipe', options.log], env: { ...process.env, ...options.env } },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const failed = (reason: string, cause?: unknown) =>
    labError('LAB_COMMAND', { what: 'starting it', place: options.name, reason }, cause);
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw failed(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw failed('it has no standard input and output');
  stdin.on('error', () => undefined);
  const lines = createInterface({ input: stdout });
  const first = await Promise.race([once(lines, 'line'), ended]);
  if (child.pid === undefined || first?.[0] !== READY) throw failed('its set-up failed, see the log of the lab');
  const enter = ['nsenter', '-t', String(child.pid), '-n', '-m', '-u', '--'];
  return {
    name: options.name,
    pid: child.pid,
    lines,
    stdin,
    ended,
    enter,
    run: (argv, input) => run([...enter, ...argv], { place: options.name, ...(input === undefined ? {} : { input }) }),
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Runs `ip` commands in one go; throws when any of them fails. */
export function ipBatch(cell: Cell, commands: readonly string[]): Promise<string> {
  return cell.run(['ip', '-batch', '-'], `${commands.join('\n')}\n`);
}
