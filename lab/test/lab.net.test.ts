import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { check, down, fault, move, renew, status, up } from '../src/command.ts';
import { callControl } from '../src/control/call-control.ts';
import { stateFolder as folderOf } from '../src/control/state-folder.ts';

const FILE = fileURLToPath(new URL('../../test/scenarios/dual-stack.yaml', import.meta.url));
const path = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

async function devices(): Promise<unknown[]> {
  return (await readFile('/proc/net/dev', 'utf8')).split('\n').map((line) => line.split(':')[0]?.trim());
}

/** Every process in the process namespace of a lab, by its id on the machine. */
async function processesOf(stateFolder: string): Promise<string[]> {
  const namespace = (pid: string): Promise<string> => readlink(`/proc/${pid}/ns/pid`).catch(() => '');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => ({
      pid,
      namespace: await namespace(pid),
      words: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    })),
  );
  const own = await namespace('self');
  const daemon = found.find((each) => each.words.includes(stateFolder) && each.namespace !== own);
  return found.filter((each) => daemon !== undefined && each.namespace === daemon.namespace).map((each) => each.pid);
}

/** Those of the processes that are still there. */
async function remaining(pids: readonly string[]): Promise<string[]> {
  const there = new Set(await readdir('/proc'));
  return pids.filter((pid) => there.has(pid));
}

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'netloom-lab-'));

describe('a lab that is up', { timeout: 180_000 }, () => {
  let stateFolder = '';
  let devicesBefore: unknown[] = [];
  before(async () => {
    stateFolder = await newFolder();
    devicesBefore = await devices();
    await up({ file: FILE, detach: true, listen: '127.0.0.1:0', stateFolder });
  });
  after(async () => {
    await down({ stateFolder });
    await rm(stateFolder, { recursive: true });
  });

  const run = async (place: string, ...command: string[]) => {
    const argv = [path('exec-in-lab.ts'), stateFolder, place, ...command];
    return promisify(execFile)(process.execPath, argv).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }),
    );
  };

  test('it adds no device to the machine, and only its owner may ask it', async () => {
    assert.deepEqual(await devices(), devicesBefore);
    assert.equal((await stat(stateFolder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(stateFolder, 'clouds.yaml'))).mode & 0o777, 0o600);
  });

  test('a second lab in the same folder is refused, and the first goes on', async () => {
    await assert.rejects(up({ file: FILE, detach: true, stateFolder }), { code: 'LAB_ALREADY_UP' });
    assert.equal((await status({ stateFolder })).workloads.length, 4);
  });

  test('a command runs in a workload with its output and exit code', async () => {
    assert.deepEqual(await run('dual-1', 'sh', '-c', 'hostname; exit 7'), { code: 7, stdout: 'dual-1\n' });
    const ping = await run('dual-1', 'ping', '-c', '1', 'dual-2');
    assert.equal(ping.code, 0, ping.stdout);
    assert.match((await run('h1', 'ip', 'netns', 'list')).stdout, /^netloom-h1/m);
    await assert.rejects(
      callControl(folderOf(stateFolder), { method: 'enter', params: { place: 'dual-9' } }),
      /There is no workload or host "dual-9" in this lab, did you mean "dual-/,
    );
  });

  test('a workload moves under traffic, keeps its addresses, and is reached at its new host', async () => {
    const report = await move({ stateFolder, workload: 'dual-1', host: 'h2' });
    assert.deepEqual([report.from, report.to], ['h1', 'h2']);
    assert.ok(report.probesSent > 50 && report.gapMs !== null && report.gapMs < 1000, JSON.stringify(report));
    assert.equal((await status({ stateFolder })).workloads.find(({ name }) => name === 'dual-1')?.host, 'h2');
    assert.equal((await check({ stateFolder })).failed, 0);
    await assert.rejects(move({ stateFolder, workload: 'dual-1', host: 'h2' }), { code: 'LAB_SAME_HOST' });
  });

  test('no frame of an overlay is broadcast on the underlay', async () => {
    const { underlay } = await status({ stateFolder });
    assert.ok(underlay.vxlan > 50);
    assert.deepEqual([underlay.group, underlay.innerGroup], [0, 0]);
  });

  test('a wire that disagrees with trace is told in words, and mended by the agent', async () => {
    await fault({ stateFolder, action: 'kill', part: 'agent', host: 'h1' });
    const cut =
      'for d in $(ip -n netloom-h1 -br link show type vxlan | cut -d@ -f1); do ip -n netloom-h1 link set $d down; done';
    assert.equal((await run('h1', 'sh', '-c', cut)).code, 0);
    const broken = (await check({ stateFolder })).lines.filter(({ holds }) => !holds);
    assert.ok(broken.length > 0);
    for (const { problem } of broken)
      assert.match(problem, /^trace says pass as expected, but on the wire it was drop \(/);
    await fault({ stateFolder, action: 'start', part: 'agent', host: 'h1' });
    while ((await check({ stateFolder })).failed > 0) await sleep(100);
  });

  test('a lease is renewed, also while neither controller nor agents run', async () => {
    const before_ = await renew({ stateFolder, workload: 'dual-1' });
    await fault({ stateFolder, action: 'kill', part: 'controller' });
    await fault({ stateFolder, action: 'kill', part: 'database' });
    for (const host of ['h1', 'h2']) await fault({ stateFolder, action: 'kill', part: 'agent', host });
    const renewed = await renew({ stateFolder, workload: 'dual-1' });
    assert.equal(renewed['ip'], before_['ip']);
    assert.ok(Number(renewed['answered']) > Number(before_['answered']));
    assert.equal((await status({ stateFolder })).controllerPid, null);
    await fault({ stateFolder, action: 'start', part: 'controller' });
    for (const host of ['h1', 'h2']) await fault({ stateFolder, action: 'start', part: 'agent', host });
    assert.equal((await check({ stateFolder })).failed, 0);
    await move({ stateFolder, workload: 'dual-1', host: 'h1' });
  });
});

test('kill -9 of the command that holds a lab leaves nothing, and the next lab takes its folder', {
  timeout: 120_000,
}, async (t) => {
  const stateFolder = await newFolder();
  t.after(() => rm(stateFolder, { recursive: true }));
  const argv = [path('hold-lab.ts'), FILE, stateFolder];
  const holder = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  await Promise.race([once(holder.stdout, 'data'), ended]);
  const processes = await processesOf(stateFolder);
  assert.ok(processes.length > 10, 'the lab is up');
  holder.kill('SIGKILL');
  await ended;
  // The kernel takes a moment to end them all.
  for (let i = 0; i < 250 && (await remaining(processes)).length > 0; i++) await sleep(20);
  assert.deepEqual(await remaining(processes), []);
  await assert.rejects(status({ stateFolder }), { code: 'LAB_NOT_UP' });
  assert.equal(await down({ stateFolder }), false);
  await up({ file: FILE, detach: true, listen: '127.0.0.1:0', stateFolder });
  const next = await processesOf(stateFolder);
  assert.equal(await down({ stateFolder }), true);
  assert.ok(next.length > 10);
  assert.deepEqual(await remaining(next), []);
});
