import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '@netloom/core/errors/coded-error';
import { runBatch } from '../src/bridge/batch.ts';
import { type Commander, type CommandResult, openCommander } from '../src/bridge/commander.ts';
import { probeFacts } from '../src/bridge/facts.ts';

const { signal } = new AbortController();

/** Commands that answer as told; everything not told succeeds without a word. */
function answering(answer: (command: string, input: string) => Partial<CommandResult> | undefined): Commander {
  return {
    ...openCommander(),
    run: async (argv, options) => ({
      code: 0,
      stdout: '',
      stderr: '',
      ...answer(argv.join(' '), options.input ?? ''),
    }),
  };
}

test('errors of a batch are told line by line', async () => {
  const stderr = 'Cannot find device "x"\nCommand failed -:2\nRTNETLINK answers: File exists\nCommand failed -:3\n';
  const commander = answering(() => ({ code: 1, stderr }));
  const lines = [['a'], ['b'], ['c']];
  assert.deepEqual(await runBatch(commander, { tool: ['ip'], lines }, signal), [
    undefined,
    'Cannot find device "x"',
    'RTNETLINK answers: File exists',
  ]);
});

test('a batch that a line ends is taken up behind that line', async () => {
  const taken = new Set<string>();
  // As `ip neigh` does: an error ends the process without saying where.
  const commander = answering((_, input) => {
    for (const line of input.trim().split('\n')) {
      if (line.startsWith('bad')) return { code: 2, stderr: 'RTNETLINK answers: No such file or directory\n' };
      taken.add(line);
    }
    return undefined;
  });
  const lines = Array.from({ length: 50 }, (_, i) => [i % 20 === 7 ? `bad${i}` : `good${i}`]);
  const errors = await runBatch(commander, { tool: ['ip'], lines }, signal);
  assert.deepEqual(
    errors.flatMap((error, i) => (error === undefined ? [] : [i])),
    [7, 27, 47],
  );
  assert.equal(taken.size, 47);
});

test('a missing namespace fails all lines at once', async () => {
  let runs = 0;
  const commander = answering(() => {
    runs += 1;
    return { code: 255, stderr: 'Cannot open network namespace "dp": No such file or directory\n' };
  });
  const errors = await runBatch(commander, { tool: ['ip'], lines: [['a'], ['b'], ['c']] }, signal);
  assert.equal(errors.filter((error) => error?.startsWith('Cannot open')).length, 3);
  assert.equal(runs, 1);
});

const ADDRESSES = JSON.stringify([
  { ifname: 'lo', mtu: 65536, addr_info: [{ family: 'inet', local: '127.0.0.1', scope: 'host' }] },
  {
    ifname: 'ens3',
    mtu: 9000,
    addr_info: [
      { family: 'inet6', local: 'fd00::1', scope: 'global' },
      { family: 'inet', local: '192.0.2.7', scope: 'global' },
    ],
  },
]);

/** A machine on which the lines with the given word are refused. */
function machine(refused?: string): Commander {
  const commander = answering((command, input) => {
    if (command === 'ip -j address show') return { stdout: ADDRESSES };
    if (command.includes('route show default')) return { stdout: command.includes('-4') ? '[{"dev":"ens3"}]' : '' };
    if (command.startsWith('dnsmasq') && refused === 'dnsmasq') throw new Error('dnsmasq is not installed');
    if (command.includes('nft') && (refused === 'nft' || (refused === 'type nat' && input.includes(refused))))
      return { code: 1, stderr: 'Error: Could not process rule' };
    if (command.includes('bridge-nf-call') && refused === 'br_netfilter')
      return { code: 2, stderr: 'ls: No such file or directory' };
    if (refused === undefined) return undefined;
    const failed = input.split('\n').findIndex((line) => line.includes(refused));
    if (!command.includes('-batch') || failed < 0) return undefined;
    return { code: 1, stderr: `RTNETLINK answers: Operation not supported\nCommand failed -:${failed + 1}\n` };
  });
  const [said, ended] =
    refused === 'unshare'
      ? ['unshare: unshare failed: Operation not permitted', Promise.resolve()]
      : ['ready 7', new Promise<void>(() => {})];
  return {
    ...commander,
    follow(_, onLine) {
      onLine(said);
      return { ended, write: () => undefined, stop: async () => undefined };
    },
  };
}

const options = { underlay: {} };

test('facts: the underlay comes from the default route, the address, or the device', async () => {
  const all = {
    bridge: true,
    vxlan: true,
    neigh_suppress: true,
    nft_bridge: true,
    bridge_netfilter: true,
    nft_filters: true,
    tcp_reset: true,
    port_filter: true,
    vlan: true,
    dhcp: true,
    l3: true,
    dvr_snat: true,
  };
  const facts = { vtep: '192.0.2.7', underlayMtu: 9000, abilities: all };
  const expected = { facts, underlayDevice: 'ens3' };
  assert.deepEqual(await probeFacts(options, machine(), signal), expected);
  assert.deepEqual(await probeFacts({ ...options, underlay: { device: 'ens3' } }, machine(), signal), expected);
  const v6 = await probeFacts({ ...options, underlay: { address: 'fd00:0::1' } }, machine(), signal);
  assert.equal(v6.facts.vtep, 'fd00::1');
});

test('facts: what is missing is an ability less', async () => {
  assert.equal((await probeFacts(options, machine('nft'), signal)).facts.abilities['nft_bridge'], false);
  assert.equal((await probeFacts(options, machine('nft'), signal)).facts.abilities['nft_filters'], false);
  assert.equal((await probeFacts(options, machine('::/0'), signal)).facts.abilities['tcp_reset'], false);
  assert.equal((await probeFacts(options, machine('br_netfilter'), signal)).facts.abilities['bridge_netfilter'], false);
  assert.equal((await probeFacts(options, machine('type vlan'), signal)).facts.abilities['vlan'], false);
  assert.equal((await probeFacts(options, machine('dnsmasq'), signal)).facts.abilities['dhcp'], false);
  assert.equal((await probeFacts(options, machine('type nat'), signal)).facts.abilities['l3'], false);
});

for (const [code, refused, underlay] of [
  ['BRIDGE_NO_VXLAN', 'type vxlan', {}],
  ['BRIDGE_NO_BRIDGE', 'type bridge', {}],
  ['BRIDGE_NO_NEIGH_SUPPRESS', 'neigh_suppress', {}],
  ['BRIDGE_NOT_PERMITTED', 'unshare', {}],
  ['BRIDGE_NO_UNDERLAY', undefined, { address: '192.0.2.8' }],
  ['BRIDGE_NO_UNDERLAY', undefined, { device: 'lo' }],
] as const) {
  test(`facts: ${code} with a remedy${refused ? ` when "${refused}" is refused` : ''}`, async () => {
    await assert.rejects(probeFacts({ ...options, underlay }, machine(refused), signal), (error) => {
      assert.ok(error instanceof CodedError);
      assert.equal(error.code, code);
      assert.doesNotMatch(`${error.message} ${error.remedy}`, /\{|undefined/);
      return true;
    });
  });
}

test('a command that is not installed, one that hangs, one that nobody waits for any more', async () => {
  const commander = openCommander();
  await assert.rejects(commander.run(['no-such-tool'], { signal }), { code: 'BRIDGE_NO_TOOL' });
  await assert.rejects(commander.run(['sleep', '9'], { signal, timeoutMs: 50 }), { code: 'BRIDGE_COMMAND_TIMEOUT' });
  await assert.rejects(commander.run(['sleep', '9'], { signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' });
});

test('what is followed dies with the process that follows it', async () => {
  const module = new URL('../src/bridge/commander.ts', import.meta.url).href;
  // The line comes from the followed command, so that it is known to have started.
  const code = `import { openCommander } from '${module}';
    openCommander().follow(['sh', '-c', 'echo $$; exec sleep 60'], (line) => console.log(line));`;
  const agent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(agent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  assert.ok(pid > 0);
  agent.kill('SIGKILL');
  await once(agent, 'exit');
  for (let tries = 0; tries < 100 && isAlive(pid); tries++) await delay(20);
  assert.equal(isAlive(pid), false);
});

function isAlive(pid: number): boolean {
  // A zombie whose new parent has not yet taken note of it is dead all the same.
  const status = spawnSync('cat', [`/proc/${pid}/status`]).stdout.toString();
  return status !== '' && !/^State:\s+Z/m.test(status);
}
