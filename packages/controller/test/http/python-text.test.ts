import assert from 'node:assert/strict';
import { test } from 'node:test';
import { literal, pythonText } from '../../src/http/resource/python-text.ts';

test('values read as the field’s server prints them', () => {
  assert.equal(pythonText('plain'), 'plain');
  assert.equal(pythonText(null), 'None');
  assert.equal(pythonText(true), 'True');
  assert.equal(pythonText([1, 'a', null, [false]]), "[1, 'a', None, [False]]");
  assert.equal(pythonText({ a: { b: "it's" } }), `{'a': {'b': "it's"}}`);
  assert.equal(literal(`both ' and "`), `'both \\' and "'`);
  assert.equal(pythonText('x'.repeat(5000)).length, 1027);
});
