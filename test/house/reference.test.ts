import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { renderReference } from '../../tools/reference/render.ts';

for (const [file, text] of renderReference())
  test(`docs/reference/${file} says what the code says ("npm run reference" writes it)`, () => {
    assert.equal(readFileSync(join(import.meta.dirname, '../../docs/reference', file), 'utf8'), text);
  });
