import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scratchFolder } from './support/scratch-folder.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const KEY = `h1/1:${'0'.repeat(64)}\n`;

function start(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    words += chunk;
  });
  return { child, ended: once(child, 'close').then(([code]) => code as number), words: () => words };
}

test('the program says why it cannot start, and by its exit code what kind of reason it is', async (t) => {
  const folder = await scratchFolder(t);
  const file = join(folder, 'key');
  const open = join(folder, 'open');
  await writeFile(file, KEY, { mode: 0o600 });
  await writeFile(open, KEY, { mode: 0o644 });
  await writeFile(join(folder, 'no-key'), 'h1/1:00\n', { mode: 0o600 });
  const usual = ['--controller', 'unix:/nowhere', '--driver', 'memory', '--data-folder', join(folder, 'data')];
  const cases: [number, RegExp, ...string[]][] = [
    [2, /AGENT_OPTION/],
    [1, /AGENT_KEY_FILE: .*ENOENT/, ...usual, '--key-file', join(folder, 'absent')],
    [1, /AGENT_KEY_FILE: .*mode 644/, ...usual, '--key-file', open],
    [1, /AGENT_KEY_FILE: .*64 hexadecimal/, ...usual, '--key-file', join(folder, 'no-key')],
    [1, /AGENT_KEY_FILE: .*host h1, not of h2/, ...usual, '--key-file', file, '--host', 'h2'],
    [1, /AGENT_DRIVER_UNKNOWN: .*"ovs"[\s\S]*bridge, memory/, ...usual, '--key-file', file, '--driver', 'ovs'],
    [1, /AGENT_DATA_FOLDER/, ...usual, '--key-file', file, '--data-folder', join(file, 'x')],
  ];
  const runs = cases.map(async ([code, words, ...args]) => {
    const agent = start(...args);
    assert.equal(await agent.ended, code, agent.words());
    assert.match(agent.words(), words);
  });
  await Promise.all(runs);
});

test('it runs without any controller, and ends by SIGTERM with 0', async (t) => {
  const folder = await scratchFolder(t);
  await writeFile(join(folder, 'key'), KEY, { mode: 0o600 });
  const args = ['--controller', 'unix:/nowhere', '--driver', 'memory', '--key-file', join(folder, 'key')];
  const agent = start(...args, '--data-folder', join(folder, 'data'));
  t.after(() => agent.child.kill('SIGKILL'));
  while (!agent.words().includes('LINK_UNREACHABLE')) await once(agent.child.stderr, 'data');
  agent.child.kill('SIGTERM');
  assert.equal(await agent.ended, 0, agent.words());
  assert.match(agent.words(), /the data plane stays/);
});
