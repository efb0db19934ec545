import { spawn } from 'node:child_process';
import { test } from 'node:test';

/**
 * Runs a test file again in network, mount and PID namespaces of its own, with an empty /run, and as root of a user namespace
 * when it is not root. True inside, where the tests are to be defined. Nothing made inside outlives this process.
 */
export async function inNamespaces(file: string): Promise<boolean> {
  if (process.env['NETLOOM_TEST_INSIDE'] === '1') return true;
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const unshare = ['unshare', ...asRoot, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const prepare =
    'mount --make-rprivate / && mount -t tmpfs none /run && mkdir /run/netns && ip link set dev lo up && exec "$@"';
  const argv = ['--pdeathsig', 'KILL', ...unshare, 'sh', '-c', prepare, 'sh'];
  const refusal = await end([...argv, 'true'], 'pipe');
  if (refusal.code !== 0) {
    test(file, { skip: `no namespaces here: ${refusal.stderr}` });
    return false;
  }
  // The inner process reports its tests on the same standard output, as if it were this one.
  const inner = await end([...argv, process.execPath, ...process.execArgv, file], 'inherit');
  process.exitCode = inner.code ?? 1;
  return false;
}

async function end(
  argv: readonly string[],
  stdio: 'inherit' | 'pipe',
): Promise<{ code: number | null; stderr: string }> {
  const PATH = `${process.env['PATH']}:/usr/sbin:/sbin`;
  const child = spawn('setpriv', argv, { stdio, env: { ...process.env, PATH, NETLOOM_TEST_INSIDE: '1' } });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.on('error', (error) => {
    stderr = error.message;
    resolve(null);
  });
  child.on('close', resolve);
  return { code: await promise, stderr: stderr.trim() };
}
