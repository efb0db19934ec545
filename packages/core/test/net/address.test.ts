import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import { canonicalAddress, formatAddress, MAX_VALUE, parseAddress } from '@netloom/core/net/address';
import ipaddr from 'ipaddr.js';
import { type Prng, prng, seeds } from '../prng.ts';

const SEEDS = seeds(2_000);

/** Values with many zero and all-ones groups, where text forms differ most. */
function randomValue(random: Prng, family: 4 | 6): bigint {
  if (family === 4) return random.bits(32);
  let value = 0n;
  for (let i = 0; i < 8; i++)
    value = (value << 16n) | (random.chance(0.5) ? 0n : random.pick([0xffffn, random.bits(16)]));
  return value;
}

function bytesOf(value: bigint, family: 4 | 6): number[] {
  const hex = value.toString(16).padStart(family === 4 ? 8 : 32, '0');
  return (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
}

test('any address is written as ipaddr.js writes it and read back', () => {
  for (const seed of SEEDS) {
    const random = prng(seed);
    const family = random.pick([4, 6] as const);
    const value = randomValue(random, family);
    const oracle = ipaddr.fromByteArray(bytesOf(value, family));
    const text = formatAddress({ family, value });
    const expected = oracle.kind() === 'ipv6' ? (oracle as ipaddr.IPv6).toRFC5952String() : oracle.toString();
    assert.equal(text, expected, `seed ${seed}`);
    assert.deepEqual(parseAddress(text), { family, value }, `seed ${seed}`);
    assert.deepEqual(parseAddress(oracle.toNormalizedString().toUpperCase()), { family, value }, `seed ${seed}`);
  }
});

test('what is an address is what inet_pton(3) takes', () => {
  const scraps = [
    '0',
    '1',
    '00',
    'ffff',
    'FFFFF',
    ':',
    '::',
    ':',
    '.',
    '1.2.3.4',
    '255',
    '256',
    '%eth0',
    ' ',
    '/',
    'g',
    '-1',
  ];
  let valid = 0;
  for (const seed of SEEDS) {
    const random = prng(seed);
    for (let i = 0; i < 20; i++) {
      const text = mutated(random, scraps);
      const expected = isIPv4(text) || (isIPv6(text) && !text.includes('%'));
      if (expected) valid++;
      assert.equal(parseAddress(text) !== undefined, expected, `"${text}", seed ${seed}`);
    }
  }
  assert.ok(valid > 1_000 || SEEDS.length === 1, `only ${valid} texts were addresses: the test is too weak`);
});

/** An address text with a few characters or scraps put in, taken out or doubled. */
function mutated(random: Prng, scraps: readonly string[]): string {
  const family = random.pick([4, 6] as const);
  let text = formatAddress({ family, value: randomValue(random, family) });
  if (random.chance(0.2)) text = text.replace(/[^:]*:[^:]*$/, '192.0.2.1');
  for (let edits = random.below(3); edits > 0; edits--) {
    const at = random.below(text.length + 1);
    text = text.slice(0, at) + (random.chance(0.6) ? random.pick(scraps) : '') + text.slice(at + random.below(3));
  }
  return text;
}

test('IPv6 texts take the one form of RFC 5952', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:DB8::AAAA', '2001:db8::aaaa'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['0:0:1:0:0:0:0:0', '0:0:1::'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ];
  for (const [text, canonical] of forms) assert.equal(canonicalAddress(text), canonical);
});

test('ends of both families', () => {
  assert.equal(formatAddress({ family: 4, value: MAX_VALUE[4] }), '255.255.255.255');
  assert.equal(formatAddress({ family: 6, value: MAX_VALUE[6] }), Array(8).fill('ffff').join(':'));
  assert.equal(canonicalAddress('010.0.0.1'), undefined);
  assert.equal(canonicalAddress(''), undefined);
});
