import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
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

/** Names of the machine's network devices, and how many processes run the lab of a state folder. */
async function machine(stateFolder: string) {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const words = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  const devices = (await readFile('/proc/net/dev', 'utf8')).split('\n').map((line) => line.split(':')[0]?.trim());
  return { devices, processes: words.filter((word) => word.includes(stateFolder)).length };
}

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'netloom-lab-'));

describe('a lab that is up', () => {
  let stateFolder = '';
  let devices: unknown;
  before(async () => {
    stateFolder = await newFolder();
    devices = (await machine(stateFolder)).devices;
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
    assert.deepEqual((await machine(stateFolder)).devices, devices);
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

test('kill -9 of the command that holds a lab leaves nothing, and the next lab takes its folder', async (t) => {
  const stateFolder = await newFolder();
  t.after(() => rm(stateFolder, { recursive: true }));
  const holder = spawn(process.execPath, [path('hold-lab.ts'), FILE, stateFolder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  assert.ok((await machine(stateFolder)).processes > 1);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  for (let i = 0; (await machine(stateFolder)).processes > 0 && i < 100; i++) await sleep(20);
  assert.equal((await machine(stateFolder)).processes, 0);
  await assert.rejects(status({ stateFolder }), { code: 'LAB_NOT_UP' });
  assert.equal(await down({ stateFolder }), false);
  await up({ file: FILE, detach: true, listen: '127.0.0.1:0', stateFolder });
  assert.equal(await down({ stateFolder }), true);
  assert.equal((await machine(stateFolder)).processes, 0);
});
