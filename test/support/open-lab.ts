import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { connect, type NetloomClient } from '@netloom/api/client/connect';
import { down, fault, move, status, up, wayInto } from '@netloom/lab/command';
import type { FaultRequest, LabStatus, MoveReport } from '@netloom/lab/report';

const ROOT = resolve(import.meta.dirname, '../..');

export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

/** A lab of a test's own, with the real controller, agents and drivers. */
export interface TestLab {
  readonly client: NetloomClient;
  status(): Promise<LabStatus>;
  /** Runs a command in a workload or on a host to its end, as `netloom lab exec` does. */
  run(place: string, ...command: string[]): Promise<Finished>;
  /** Starts one there, with pipes to it. */
  start(place: string, ...command: string[]): Promise<ChildProcessWithoutNullStreams>;
  fault(request: FaultRequest): Promise<void>;
  move(workload: string, host: string): Promise<MoveReport>;
}

/** Opens the lab of a scenario (path from the root of the tree); it ends with the test. */
export async function openLab(t: TestContext, file: string): Promise<TestLab> {
  const stateFolder = mkdtempSync(join(tmpdir(), 'netloom-lab-test-'));
  t.after(async () => {
    await down({ stateFolder });
    rmSync(stateFolder, { recursive: true, force: true });
  });
  const lab = await up({ file: join(ROOT, file), detach: false, listen: '127.0.0.1:0', stateFolder });
  const start: TestLab['start'] = async (place, ...command) => {
    const [program = '', ...args] = await wayInto({ stateFolder, place });
    const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
    return spawn(program, [...args, ...command], { stdio: 'pipe', env });
  };
  return {
    client: await connect(lab.status.credentials),
    status: () => status({ stateFolder }),
    run: async (place, ...command) => finished(await start(place, ...command)),
    start,
    fault: (request) => fault({ stateFolder, ...request }),
    move: (workload, host) => move({ stateFolder, workload, host }),
  };
}

function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  let output = '';
  child.stdin.end();
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((done) => child.on('close', (code) => done({ code, output })));
}
