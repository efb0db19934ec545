import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from '@netloom/api/client/connect';
import { findCredentials } from '@netloom/api/client/credentials';
import { INSTALL, RUN_NEEDS } from '../bin/needs.js';

const run = promisify(execFile);

/** One thing about this machine. A warning takes something away, what is missing prevents it. */
export interface Finding {
  readonly verdict: 'good' | 'warning' | 'missing';
  readonly what: string;
  readonly found: string;
  /** What to do; empty when all is well. */
  readonly remedy: string;
}

/** Devices that the bridge driver makes, each tried in a network namespace that ends with the trial. */
const KERNEL_TRIALS = {
  bridge: ['link', 'add', 'name', 'doctor0', 'type', 'bridge'],
  veth: ['link', 'add', 'name', 'doctor0', 'type', 'veth', 'peer', 'name', 'doctor1'],
  vxlan: ['link', 'add', 'name', 'doctor0', 'type', 'vxlan', 'id', '1', 'dstport', '4789', 'local', '127.0.0.1'],
} as const;

export async function examine(): Promise<Finding[]> {
  const kernel = await Promise.all(Object.entries(KERNEL_TRIALS).map(([name, words]) => tryDevice(name, words)));
  return [nodeVersion(), ...RUN_NEEDS.map(program), await namespaces(), ...kernel, await controller()];
}

/** First releases with the security fixes of 2026-10-21, by major version. */
const SAFE: Readonly<Record<number, readonly [minor: number, patch: number]>> = { 24: [22, 1], 26: [12, 1] };

function nodeVersion(): Finding {
  const [major = 0, minor = 0, patch = 0] = process.versions.node.split('.').map(Number);
  const safe = SAFE[major];
  const isOld = safe !== undefined && (minor < safe[0] || (minor === safe[0] && patch < safe[1]));
  return {
    verdict: isOld ? 'warning' : 'good',
    what: 'Node.js',
    found: process.version,
    remedy: isOld
      ? `security fixes came with ${major}.${safe.join('.')}: install it; the launcher prefers the system's Node`
      : '',
  };
}

function program({ program: name, why, packages }: (typeof RUN_NEEDS)[number]): Finding {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const place = folders.map((folder) => join(folder, name)).find(isExecutable);
  const manager = Object.entries(INSTALL).find(([, [tool = '']]) =>
    folders.some((folder) => isExecutable(join(folder, tool))),
  );
  const [kind = 'apt', words = []] = manager ?? [];
  return {
    verdict: place === undefined ? 'missing' : 'good',
    what: name,
    found: place ?? `not found; for ${why}`,
    remedy: place === undefined ? `sudo ${[...words, packages[kind] ?? name].join(' ')}` : '',
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const IS_ROOT = process.getuid?.() === 0;
const UNSHARE = IS_ROOT ? ['--net'] : ['--user', '--map-root-user', '--net'];

async function namespaces(): Promise<Finding> {
  const what = IS_ROOT ? 'namespaces as root' : 'user namespaces';
  try {
    await run('unshare', [...UNSHARE, 'true']);
    return { verdict: 'good', what, found: 'usable', remedy: '' };
  } catch {
    const remedy = IS_ROOT
      ? 'a container may forbid them: run on the machine itself'
      : 'sysctl user.max_user_namespaces=15000, or run as root';
    return { verdict: 'missing', what, found: 'refused', remedy };
  }
}

async function tryDevice(name: string, words: readonly string[]): Promise<Finding> {
  const what = `kernel: ${name}`;
  try {
    await run('unshare', [...UNSHARE, 'ip', ...words], {
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    });
    return { verdict: 'good', what, found: 'made and gone', remedy: '' };
  } catch (error) {
    const found = (error as { stderr?: string }).stderr?.trim().split('\n')[0] ?? String(error);
    return { verdict: 'missing', what, found, remedy: `modprobe ${name}, or a kernel that has it` };
  }
}

async function controller(): Promise<Finding> {
  const what = 'controller';
  try {
    const client = await connect(await findCredentials(), AbortSignal.timeout(3000));
    return { verdict: 'good', what, found: `answers at ${client.networkUrl}`, remedy: '' };
  } catch (error) {
    const remedy = (error as { remedy?: string }).remedy ?? 'start it, or ignore this on a host without one';
    return { verdict: 'warning', what, found: (error as Error).message, remedy };
  }
}
