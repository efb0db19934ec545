import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '@netloom/core/net/address';
import { canonicalMac, eui64Address, isGroupMac, linkLocalAddress, macFrom } from '@netloom/core/net/mac';
import { parsePrefix } from '@netloom/core/net/prefix';
import { prng, seeds } from '../prng.ts';

test('MAC texts take one form', () => {
  assert.equal(canonicalMac('FA:16:3E:0a:0B:0c'), 'fa:16:3e:0a:0b:0c');
  assert.equal(canonicalMac('fa-16-3e-0a-0b-0c'), 'fa:16:3e:0a:0b:0c');
  const not = [
    '',
    'fa:16:3e:0a:0b',
    'fa:16:3e:0a:0b:0c:0d',
    'fa:16-3e:0a:0b:0c',
    'fa163e0a0b0c',
    'ga:16:3e:0a:0b:0c',
    ' fa:16:3e:0a:0b:0c',
  ];
  for (const text of not) assert.equal(canonicalMac(text), undefined, text);
});

test('group addresses have the lowest bit of the first octet', () => {
  for (let octet = 0; octet < 256; octet++) {
    const mac = `${octet.toString(16).padStart(2, '0')}:00:00:00:00:00`;
    assert.equal(isGroupMac(mac), octet % 2 === 1, mac);
  }
});

test('a generated MAC keeps the base`s three octets', () => {
  assert.equal(macFrom('fa:16:3e:00:00:00', new Uint8Array([0, 9, 255, 7])), 'fa:16:3e:00:09:ff');
});

test('EUI-64 addresses, by the example of RFC 4291 appendix A and others', () => {
  const prefix = parsePrefix('2001:db8:0:1::/64') ?? assert.fail();
  // 34-56-78-9A-BC-DE becomes 36-56-78-FF-FE-9A-BC-DE.
  assert.equal(formatAddress(eui64Address(prefix, '34:56:78:9a:bc:de')), '2001:db8:0:1:3656:78ff:fe9a:bcde');
  assert.equal(linkLocalAddress('34:56:78:9a:bc:de'), 'fe80::3656:78ff:fe9a:bcde');
  assert.equal(linkLocalAddress('fa:16:3e:00:00:01'), 'fe80::f816:3eff:fe00:1');
  assert.equal(linkLocalAddress('02:00:00:00:00:00'), 'fe80::ff:fe00:0');
});

test('an EUI-64 address holds its MAC and its prefix', () => {
  for (const seed of seeds(500)) {
    const random = prng(seed);
    const bits = random.bits(48);
    const mac = (bits.toString(16).padStart(12, '0').match(/../g) ?? []).join(':');
    const first = random.bits(64) << 64n;
    const { value } = eui64Address({ family: 6, first, length: 64 }, mac);
    const identifier = value & 0xffff_ffff_ffff_ffffn;
    assert.equal((identifier >> 24n) & 0xffffn, 0xfffen, `seed ${seed}`);
    assert.equal(((identifier >> 40n) << 24n) | (identifier & 0xff_ffffn), bits ^ (2n << 40n), `seed ${seed}`);
    assert.equal(value >> 64n, first >> 64n, `seed ${seed}`);
  }
});
