// npm run conformance -- [tempest] [walk] [sdk] [--only TEXT]: the field's own suites and clients against a controller.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { NODE, ROOT, setup } from './setup/setup.js';

try {
  await setup({ forTests: true });
} catch (error) {
  console.error(`setup: ${/** @type {Error} */ (error).message}`);
  process.exit(1);
}
const words = process.argv.slice(2);
const child = spawn(NODE, [join(ROOT, 'test/conformance/main.ts'), ...words], { cwd: ROOT, stdio: 'inherit' });
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
