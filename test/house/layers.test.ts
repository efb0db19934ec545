import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { checkLayers } from '../../tools/layers/check-layers.ts';

const manifest = (name: string, exports: object): string => JSON.stringify({ name, exports });

/** A small tree with the packages' real names, in which a test plants one fault. */
function faultsOf(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'netloom-layers-'));
  const all = {
    'package.json': JSON.stringify({ workspaces: ['packages/*'] }),
    'packages/core/package.json': manifest('@netloom/core', { './net/*': './src/net/*.ts' }),
    'packages/api/package.json': manifest('@netloom/api', { './client/*': './src/client/*.ts' }),
    'packages/controller/package.json': manifest('@netloom/controller', {}),
    'packages/drivers/package.json': manifest('@netloom/drivers', {
      './driver': './src/driver.ts',
      './conformance': './src/conformance.ts',
    }),
    'packages/agent/package.json': manifest('@netloom/agent', {}),
    'packages/core/src/net/mac.ts': 'export const mac = 1;',
    ...files,
  };
  try {
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return checkLayers(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('this tree has no wrong import', () => {
  assert.deepEqual(checkLayers(resolve(import.meta.dirname, '../..')), []);
});

test('allowed imports pass', () => {
  const faults = faultsOf({
    'packages/api/src/client/a.ts':
      "import { mac } from '@netloom/core/net/mac'; import { b } from './b.ts'; export { mac, b };",
    'packages/api/src/client/b.ts':
      "import { readFile } from 'node:fs'; import type { A } from './a.ts'; export const b = readFile; export type B = A;",
  });
  assert.deepEqual(faults, []);
});

const PLANTED: Record<string, [files: Record<string, string>, words: RegExp]> = {
  'core importing a node module': [{ 'packages/core/src/net/x.ts': "import 'node:fs';" }, /pure/],
  'core importing a sibling, even a type': [
    { 'packages/core/src/net/x.ts': "import type { A } from '@netloom/api/client/a';" },
    /core must not know @netloom\/api/,
  ],
  'controller importing drivers': [
    { 'packages/controller/src/x.ts': "export { d } from '@netloom/drivers/driver';" },
    /controller must not know @netloom\/drivers/,
  ],
  'a dynamic import against the arrows': [
    { 'packages/agent/src/x.ts': "await import('@netloom/controller/main');" },
    /agent must not know @netloom\/controller/,
  ],
  'a deep import past exports': [
    { 'packages/api/src/client/x.ts': "import '@netloom/core/secret/y';" },
    /does not export/,
  ],
  'a relative path out of the package': [
    { 'packages/api/src/client/x.ts': "import '../../../core/src/net/mac.ts';" },
    /must not leave its package/,
  ],
  'one driver importing another': [
    { 'packages/drivers/src/bridge/x.ts': "import '../memory/y.ts';", 'packages/drivers/src/memory/y.ts': '' },
    /bridge must not know memory/,
  ],
  'source importing the conformance suite': [
    { 'packages/agent/src/x.ts': "import '@netloom/drivers/conformance';", 'packages/drivers/src/conformance.ts': '' },
    /only tests/,
  ],
  'a value cycle': [
    {
      'packages/api/src/client/x.ts': "import { y } from './y.ts'; export const x = () => y;",
      'packages/api/src/client/y.ts': "import { x } from './x.ts'; export const y = () => x;",
    },
    /value cycle: .*x\.ts -> .*y\.ts -> .*x\.ts/,
  ],
};

for (const [what, [files, words]] of Object.entries(PLANTED)) {
  test(`the check reports ${what}`, () => {
    const faults = faultsOf(files);
    assert.equal(faults.length, 1, faults.join('\n'));
    assert.match(faults[0] ?? '', words);
  });
}
