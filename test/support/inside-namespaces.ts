import { spawn } from 'node:child_process';

const INSIDE = 'NETLOOM_BENCH_INSIDE';

/**
 * Runs a program again in network, mount and PID namespaces of its own, with an empty /run. True inside; false outside once the
 * inner run has ended, with its exit code set. Nothing made inside outlives this process.
 */
export async function insideNamespaces(file: string): Promise<boolean> {
  if (process.env[INSIDE] === '1') return true;
  const unshare = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const prepare =
    'mount --make-rprivate / && mount -t tmpfs none /run && mkdir /run/netns && ip link set lo up && exec "$@"';
  const argv = [...unshare, 'sh', '-c', prepare, 'sh', process.execPath, file, ...process.argv.slice(2)];
  const PATH = `${process.env['PATH']}:/usr/sbin:/sbin`;
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], {
    stdio: 'inherit',
    env: { ...process.env, PATH, [INSIDE]: '1' },
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject);
  child.on('close', resolve);
  process.exitCode = (await promise) ?? 1;
  return false;
}
