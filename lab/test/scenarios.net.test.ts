import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { check, down, up } from '../src/command.ts';
import { SCENARIO_FILES } from './scenario-files.ts';

/** A lab mostly waits: for addresses, and for what should not come. */
const SIDE_BY_SIDE = 4;

describe('trace and real packets agree with every expectation', { concurrency: SIDE_BY_SIDE }, () => {
  for (const file of SCENARIO_FILES) {
    it(basename(file), { timeout: 180_000 }, async (t) => {
      const stateFolder = await mkdtemp(join(tmpdir(), 'netloom-lab-'));
      t.after(async () => {
        await down({ stateFolder });
        await rm(stateFolder, { recursive: true });
      });
      // A lab that is not ended in order ends with this process.
      await up({ file, detach: false, listen: '127.0.0.1:0', stateFolder });
      const { lines } = await check({ stateFolder });
      assert.deepEqual(
        lines.filter((line) => !line.holds).map((line) => `${line.text}: ${line.problem}`),
        [],
      );
    });
  }
});
