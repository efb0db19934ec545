import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { connect, type NetloomClient } from '@netloom/api/client/connect';
import { down, fault, move, status, up } from '@netloom/lab/command';
import type { FaultRequest, LabStatus, MoveReport } from '@netloom/lab/report';

const ROOT = resolve(import.meta.dirname, '../..');
const LAUNCHER = join(ROOT, 'packages/cli/bin/netloom.js');

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
  return {
    client: await connect(lab.status.credentials),
    status: () => status({ stateFolder }),
    run: (place, ...command) => runIn(stateFolder, [place, '--', ...command]),
    fault: (request) => fault({ stateFolder, ...request }),
    move: (workload, host) => move({ stateFolder, workload, host }),
  };
}

function runIn(stateFolder: string, words: readonly string[]): Promise<Finished> {
  const child = spawn(process.execPath, [LAUNCHER, 'lab', 'exec', ...words], {
    env: { ...process.env, NETLOOM_LAB_DIR: stateFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((done) => child.on('close', (code) => done({ code, output })));
}
