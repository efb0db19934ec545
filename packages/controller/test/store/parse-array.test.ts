import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { parseArray } from '../../src/store/parse-array.ts';

const TEXT_ARRAY = 1009;

test('arrays are read as the driver of the database reads them', () => {
  const slow = pg.types.getTypeParser(TEXT_ARRAY as number, 'text') as (text: string) => unknown;
  const texts = [
    '{}',
    '{a}',
    '{a,b c,d}',
    '{""}',
    '{"a,b",c}',
    '{"\\"",x}',
    '{NULL,a}',
    '{"NULL"}',
    '{{a},{b}}',
    '[0:1]={a,b}',
    '{nullable}',
  ];
  for (const text of texts) assert.deepEqual(parseArray(text, slow), slow(text), text);
  const unasked = () => assert.fail('plain words need no other parser');
  assert.deepEqual(parseArray('{a,b c}', unasked), ['a', 'b c']);
});
