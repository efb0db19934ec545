import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPasswordHasher } from '../../src/identity/password-hasher.ts';

const CHEAP = { memory: 64, passes: 1, parallelism: 1 };

test('a password is known again, another is not, and two hashes of one differ', async () => {
  const hasher = createPasswordHasher();
  const stored = await hasher.hash('pässword');
  assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  assert.notEqual(stored, await hasher.hash('pässword'));
  assert.equal(await hasher.verify('pässword', stored), 'right');
  assert.equal(await hasher.verify('password', stored), 'wrong');
  assert.equal(await hasher.verify('pässword', null), 'wrong');
  assert.equal(await hasher.verify('pässword', stored.slice(0, -1)), 'wrong');
  assert.equal(await hasher.verify('', '$argon2id$v=19$m=64,t=1,p=1$$'), 'wrong');
});

test('a hash of an earlier cost still counts, and says that it is outdated', async () => {
  const stored = await createPasswordHasher({ cost: CHEAP }).hash('x');
  assert.equal(await createPasswordHasher().verify('x', stored), 'outdated');
  assert.equal(await createPasswordHasher().verify('y', stored), 'wrong');
});

/** Hash of the argon2 reference implementation: `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1`. */
test('hashes of other argon2 implementations are understood', async () => {
  const stored = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  assert.equal(await createPasswordHasher().verify('password', stored), 'outdated');
});

test('hashings wait for their turn, and too many are refused at once', async () => {
  const hasher = createPasswordHasher({ cost: CHEAP, concurrency: 1, queueLength: 3 });
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => hasher.hash('x')));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
  );
  assert.equal((results[5] as PromiseRejectedResult).reason.status, 503);
  assert.ok(await hasher.hash('x'), 'turns come free again');
});
