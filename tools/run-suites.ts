import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Counts } from './summary-reporter.ts';
import { SUITES } from './test-suites.js';

// Runs the named suites (all without names), one after the other, and closes with one line over all of them.
const root = join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const suites = SUITES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const scratch = mkdtempSync(join(tmpdir(), 'netloom-test-'));
try {
  for (const suite of suites) {
    const except = new Set(globSync(suite.except, { cwd: root }));
    const files = globSync(suite.files, { cwd: root }).filter((file) => !except.has(file));
    if (files.length === 0) continue;
    console.log(`\n== ${suite.name}: ${files.length} files`);
    const counts = await runSuite(suite.flags, files.sort());
    for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key];
  }
} finally {
  rmSync(scratch, { recursive: true });
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function runSuite(flags: readonly string[], files: readonly string[]): Promise<Counts> {
  const summary = join(scratch, 'summary.json');
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  reporters.push('--test-reporter=./tools/summary-reporter.ts', `--test-reporter-destination=${summary}`);
  const child = spawn(process.execPath, ['--test', ...flags, ...reporters, ...files], { cwd: root, stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  const counts = readCounts(summary);
  rmSync(summary, { force: true });
  // A runner that dies without a summary, or fails outside every test, must not pass for green.
  if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1 };
  return counts;
}

function readCounts(file: string): Counts {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Counts;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
