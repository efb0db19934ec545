// npm run bench -- NAME [options]: one benchmark of test/bench.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { NODE, ROOT, setup } from './setup/setup.js';

const folder = join(ROOT, 'test/bench');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''));
const [name = '', ...options] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`usage: npm run bench -- ${names.join('|')} [options]`);
  process.exit(2);
}
try {
  await setup({ forBench: true });
} catch (error) {
  console.error(`setup: ${/** @type {Error} */ (error).message}`);
  process.exit(1);
}
const child = spawn(NODE, [join(folder, `${name}.bench.ts`), ...options], { cwd: ROOT, stdio: 'inherit' });
child.on('exit', (code) => process.exit(code ?? 1));
