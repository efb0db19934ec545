import { spawn } from 'node:child_process';

/**
 * Runs a command to its end and gives what it printed; throws with its last lines when it fails.
 * @param {string[]} command @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<string>}
 */
export function run([program = '', ...args], options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let printed = '';
    child.stdout?.on('data', (chunk) => (printed += chunk));
    child.stderr?.on('data', (chunk) => (printed += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(printed);
      else
        reject(
          new Error(`${program} ${args.join(' ')} ended with ${code}:\n${printed.split('\n').slice(-15).join('\n')}`),
        );
    });
  });
}

/**
 * Says what a long step does while it runs, and how long it took.
 * @template T @param {string} what @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function step(what, work) {
  const start = Date.now();
  process.stderr.write(`setup: ${what} ...\n`);
  const result = await work();
  process.stderr.write(`setup: ${what}: done in ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
  return result;
}
