// npm run gates: all that can be judged without running the code. Each part runs only when those before it passed.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { NODE, ROOT, setup } from './setup/setup.js';

await setup();
const bin = (/** @type {string} */ name) => join(ROOT, 'node_modules/.bin', name);
const FOLDERS = ['packages', 'lab', 'test', 'tools'];
const GATES = [
  ['format and lint', bin('biome'), 'ci', '.'],
  ['lint with types', bin('oxlint'), '--type-aware', '--deny-warnings', ...FOLDERS],
  ['types', bin('tsc'), '-p', 'tsconfig.json'],
  ['types of the pure core', bin('tsc'), '-p', 'packages/core'],
  ['layers', NODE, join(ROOT, 'tools/layers/main.ts')],
];
for (const [what, program = '', ...args] of GATES) {
  console.log(`\n== ${what}`);
  const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` };
  const { status } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit', env });
  if (status !== 0) {
    console.error(`check: ${what} failed`);
    process.exit(1);
  }
}
