// npm start: sets up what is missing, then shows the lab of examples/two-tier.yaml at work. `--check` ends after the table.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { NODE, ROOT, setup } from './setup/setup.js';

try {
  await setup();
} catch (error) {
  console.error(`setup: ${/** @type {Error} */ (error).message}`);
  process.exit(1);
}
const launcher = join(ROOT, 'packages/cli/bin/netloom.js');
const once = process.argv.includes('--check') ? ['--once'] : [];
const child = spawn(NODE, [launcher, 'lab', 'up', join(ROOT, 'examples/two-tier.yaml'), '--check', ...once], {
  stdio: 'inherit',
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
