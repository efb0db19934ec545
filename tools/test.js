// npm test: sets up what is missing, then runs every suite. Names of suites (unit, database, clients, network) choose among them.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { NODE, ROOT, setup } from './setup/setup.js';

const suites = process.argv.slice(2);
try {
  // The fast suite needs nothing from the machine but npm packages, so that it runs anywhere.
  await setup({ forTests: suites.join() !== 'unit' });
} catch (error) {
  console.error(`setup: ${/** @type {Error} */ (error).message}`);
  process.exit(1);
}
const child = spawn(NODE, [join(ROOT, 'tools/run-suites.ts'), ...suites], { cwd: ROOT, stdio: 'inherit' });
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
