import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLinkAddress, parseLinkAddress } from '../../src/link/link-address.ts';
import { closeFrame, errorOfClose } from '../../src/link/link-close.ts';
import { linkError } from '../../src/link/link-errors.ts';
import { deriveLinkKey, formatLinkKey, parseIdentity, parseLinkKey } from '../../src/link/link-key.ts';

test('a link key is text and back; each serial and each host has its own', () => {
  const secret = Buffer.alloc(32, 7);
  const key = deriveLinkKey(secret, 'kvm-1.example', 3);
  assert.deepEqual(parseLinkKey(`${formatLinkKey(key)}\n`), key);
  const others = [deriveLinkKey(secret, 'kvm-1.example', 4), deriveLinkKey(secret, 'kvm-2.example', 3)];
  for (const other of others) assert.notDeepEqual(other.psk, key.psk);
});

test('what is no link key is told apart, and never repeated', () => {
  const hex = 'ab'.repeat(32);
  for (const text of ['', 'h1', `h1/0:${hex}`, `h1:${hex}`, `/1:${hex}`, `h1/1:${hex}00`, `h1/1:${hex}:x`, 'h1/1:zz'])
    assert.throws(
      () => parseLinkKey(text),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'LINK_KEY_INVALID');
        assert.ok(!error.message.includes('abab'));
        return true;
      },
    );
  for (const text of ['a/b/1', 'a b/1', 'a/01', 'a/', `${'x'.repeat(231)}/1`])
    assert.equal(parseIdentity(text), undefined);
});

test('addresses', () => {
  for (const text of ['unix:/run/a b.sock', 'tcp://host.example:9697', 'tcp://[fd00::1]:1'])
    assert.equal(formatLinkAddress(parseLinkAddress(text)), text);
  for (const text of [
    '',
    'host:1',
    'tcp://host',
    'tcp://host:99999',
    'unix:relative',
    'tcp://fd00::1:5',
    'tcp://a b:1',
  ])
    assert.throws(() => parseLinkAddress(text), { code: 'LINK_ADDRESS_INVALID' });
});

test('an error crosses the link by its code and words, however long', () => {
  const error = linkError('LINK_REFUSED', { host: 'h1', reason: 'ü'.repeat(200) });
  const [code, reason] = closeFrame(error);
  assert.ok(Buffer.byteLength(reason) <= 123);
  const found = errorOfClose(code, reason, 'h1');
  assert.equal(found.code, 'LINK_REFUSED');
  assert.match(found.remedy, /h1/);
  assert.equal(errorOfClose(1006, '', 'h1').code, 'LINK_CLOSED');
  assert.equal(errorOfClose(4000, 'CONSTRUCTOR: x', 'h1').code, 'LINK_CLOSED');
});
