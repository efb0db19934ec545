// Brings what is missing: npm packages (Node 26 among them) and system packages. Everything in place costs milliseconds.
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { BENCH_NEEDS, INSTALL, RUN_NEEDS, TEST_NEEDS } from '../../packages/cli/bin/needs.js';
import { run, step } from './run.js';

/** @typedef {import('../../packages/cli/bin/needs.js').Need} Need */

export const ROOT = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');
export const NODE = join(ROOT, 'node_modules/.bin/node');

/**
 * Makes the checkout ready to run, and with `forTests` or `forBench` for these too. Throws SetupError with the one line that helps.
 * @param {{forTests?: boolean, forBench?: boolean}} [options]
 */
export async function setup({ forTests = false, forBench = false } = {}) {
  await installNpmPackages();
  await installSystemPackages([...RUN_NEEDS, ...(forTests ? TEST_NEEDS : []), ...(forBench ? BENCH_NEEDS : [])]);
}

export class SetupError extends Error {}

async function installNpmPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  const stamp = join(ROOT, 'node_modules/.netloom-setup');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock && existsSync(NODE)) return;
  // npm warns that the system's Node is older than what some packages ask for; they never run on it.
  const command = ['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  await step('npm packages, with Node 26 and PostgreSQL', () => run(command, { cwd: ROOT }));
  if (!existsSync(NODE))
    throw new SetupError(`no Node 26 for ${process.platform}-${process.arch} came with the npm packages`);
  writeFileSync(stamp, lock);
}

/** @param {Need[]} needs */
async function installSystemPackages(needs) {
  const missing = needs.filter(({ program }) => !isInstalled(program));
  if (missing.length === 0) return;
  const manager = Object.keys(INSTALL).find((name) => isInstalled(INSTALL[name]?.[0] ?? '')) ?? 'apt';
  const install = installCommand(missing, manager);
  // Only where it is ours to do: root on Debian and its kin. Elsewhere the one line that does it.
  if (manager !== 'apt' || process.getuid?.() !== 0) throw new SetupError(missingText(missing, install));
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await step(`Debian packages: ${install.slice(INSTALL['apt']?.length).join(' ')}`, async () => {
    await run(['apt-get', 'update', '-q'], { env });
    await run(install, { env });
  });
  const still = missing.filter(({ program }) => !isInstalled(program));
  if (still.length > 0) throw new SetupError(missingText(still, install));
}

/** @param {readonly Need[]} missing @param {string} manager @returns {string[]} */
export function installCommand(missing, manager) {
  const packages = missing.map((need) => need.packages[manager] ?? need.program);
  return [...(INSTALL[manager] ?? []), ...new Set(packages)];
}

/** @param {readonly Need[]} missing @param {readonly string[]} install */
export function missingText(missing, install) {
  const lines = missing.map(({ program, why }) => `  ${program.padEnd(10)} ${why}`);
  return `missing on this machine:\n${lines.join('\n')}\ninstall with:\n  sudo ${install.join(' ')}`;
}

/** @param {string} program */
function isInstalled(program) {
  // An ordinary user's PATH often lacks sbin, where the network tools are.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
