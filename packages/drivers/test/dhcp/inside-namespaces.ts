import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

/** True in the run of a test file that has network, mount and process namespaces of its own. */
export const inside = process.env['NETLOOM_TEST_INSIDE'] === '1';

const OWN = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

// The shell stays as process 1 to collect the daemons that end; /run is private, so that names of namespaces are too.
const SCRIPT = `mount --make-rprivate / && mount -t tmpfs none /run && mkdir /run/netns || exit 1
"$0" --test-reporter=spec "$@"; exit $?`;

/** Programs that the tests need, and the Debian packages that have them. */
const PROGRAMS = {
  ip: 'iproute2',
  unshare: 'util-linux',
  pgrep: 'procps',
  dnsmasq: 'dnsmasq-base',
  busybox: 'busybox',
  udhcpc: 'udhcpc',
  dhclient: 'isc-dhcp-client',
  tcpdump: 'tcpdump',
} as const;

const PATH = `${process.env['PATH']}:/usr/sbin:/sbin`;

function missingPackages(): string[] {
  const there = (program: string): boolean => PATH.split(':').some((folder) => existsSync(`${folder}/${program}`));
  return Object.entries(PROGRAMS).flatMap(([program, name]) => (there(program) ? [] : [name]));
}

/** Runs a test file again in namespaces that vanish with it, as this user or, `unprivileged`, as one who is root only in there. */
export function testInside(file: string, { unprivileged }: { readonly unprivileged: boolean }): void {
  const missing = missingPackages();
  const skip = missing.length > 0 && `apt-get install ${missing.join(' ')}`;
  test(`in namespaces ${unprivileged ? 'without root' : 'of its own'}`, { skip }, async () => {
    const isRoot = process.getuid?.() === 0;
    const drop = unprivileged && isRoot ? ['--reuid=nobody', '--regid=nogroup', '--clear-groups'] : [];
    const user = unprivileged || !isRoot ? ['--user', '--map-root-user'] : [];
    const run = [
      '--pdeathsig',
      'KILL',
      ...drop,
      'unshare',
      ...user,
      ...OWN,
      'sh',
      '-c',
      SCRIPT,
      process.execPath,
      file,
    ];
    // Inside its own runner, a test file is a test file again and not the part of an outer one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn('setpriv', run, {
      env: { ...env, PATH, NETLOOM_TEST_INSIDE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    if (process.env['NETLOOM_TEST_VERBOSE'] === '1') process.stdout.write(stdout);
  });
}
