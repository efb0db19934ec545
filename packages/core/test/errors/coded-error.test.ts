import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, errorMaker } from '@netloom/core/errors/coded-error';

const fail = errorMaker({
  FULL: { status: 409, message: 'subnet {subnet} is full', remedy: 'add a pool to {subnet}' },
  LOST: { message: 'lost {what}', remedy: 'try again' },
});

test('an error has its code, its texts filled in, its status and its cause', () => {
  const cause = new Error('underneath');
  const error = fail('FULL', { subnet: 's1' }, cause);
  assert.ok(error instanceof CodedError && error instanceof Error);
  const { code, message, remedy, status, name } = error;
  assert.deepEqual(
    { code, message, remedy, status, name },
    { code: 'FULL', message: 'subnet s1 is full', remedy: 'add a pool to s1', status: 409, name: 'CodedError' },
  );
  assert.equal(error.cause, cause);
});

test('an unknown place stays visible, zero and false are values, no cause is none', () => {
  assert.equal(fail('LOST').message, 'lost {what}');
  assert.equal(fail('LOST', { what: 0 }).message, 'lost 0');
  assert.equal(fail('LOST', { what: false }).message, 'lost false');
  assert.equal(fail('LOST').status, 500);
  assert.ok(!('cause' in fail('LOST')));
});
