import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BITS, formatAddress, parseAddress } from '@netloom/core/net/address';
import { formatPrefix, lastOf, netmask, parsePrefix, prefixesOverlap, prefixHolds } from '@netloom/core/net/prefix';
import ipaddr from 'ipaddr.js';
import { type Prng, prng, seeds } from '../prng.ts';

const SEEDS = seeds(1_000);

function randomPrefixText(random: Prng): string {
  const family = random.pick([4, 6] as const);
  return `${formatAddress({ family, value: random.bits(BITS[family]) })}/${random.below(BITS[family] + 1)}`;
}

test('a prefix has the first address, the last address and the members that ipaddr.js gives it', () => {
  for (const seed of SEEDS) {
    const random = prng(seed);
    const text = randomPrefixText(random);
    const prefix = parsePrefix(text);
    assert.ok(prefix, `seed ${seed}`);
    const of = prefix.family === 4 ? ipaddr.IPv4 : ipaddr.IPv6;
    const first = of.networkAddressFromCIDR(text);
    assert.equal(
      formatPrefix(prefix),
      `${formatAddress({ family: prefix.family, value: prefix.first })}/${prefix.length}`,
    );
    assert.deepEqual(parseAddress(first.toString()), { family: prefix.family, value: prefix.first }, `seed ${seed}`);
    const last = of.broadcastAddressFromCIDR(text);
    assert.deepEqual(parseAddress(last.toString()), { family: prefix.family, value: lastOf(prefix) }, `seed ${seed}`);
    if (prefix.family === 4) {
      assert.equal(netmask(prefix.length), ipaddr.IPv4.subnetMaskFromPrefixLength(prefix.length).toString());
    }
    const { family, first: low } = prefix;
    const inside = [low, lastOf(prefix)].map((value) => prefixHolds(prefix, { family, value }));
    const outside = [low - 1n, lastOf(prefix) + 1n].map((value) => prefixHolds(prefix, { family, value }));
    assert.deepEqual([...inside, ...outside], [true, true, false, false], `seed ${seed}`);
    // Near misses: an address that differs from a member in one bit.
    const value = prefix.first ^ (1n << BigInt(random.below(BITS[prefix.family])));
    const address = { family: prefix.family, value };
    const expected = ipaddr.parse(formatAddress(address)).match(ipaddr.parseCIDR(text));
    assert.equal(prefixHolds(prefix, address), expected, `seed ${seed}`);
  }
});

test('two prefixes overlap when one holds the other`s first address', () => {
  let overlaps = 0;
  for (const seed of SEEDS) {
    const random = prng(seed);
    const small = () => parsePrefix(`10.0.${random.below(4)}.${random.below(256)}/${22 + random.below(11)}`);
    const [a, b] = [small(), small()];
    assert.ok(a && b);
    const expected = prefixHolds(a, { family: 4, value: b.first }) || prefixHolds(b, { family: 4, value: a.first });
    if (expected) overlaps++;
    assert.equal(prefixesOverlap(a, b), expected, `seed ${seed}`);
  }
  assert.ok(overlaps > 0 || SEEDS.length === 1);
});

test('families never mix', () => {
  const [all4, all6] = [parsePrefix('0.0.0.0/0'), parsePrefix('::/0')];
  assert.ok(all4 && all6);
  assert.equal(prefixesOverlap(all4, all6), false);
  assert.equal(prefixHolds(all6, { family: 4, value: 1n }), false);
});

test('what is no prefix', () => {
  const texts = [
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '/8',
    'fd00::/129',
  ];
  for (const text of [...texts, '10.0.0.0/8 ', '10.0.0.0/255.0.0.0', '::1/1e1', '']) {
    assert.equal(parsePrefix(text), undefined, text);
  }
  assert.equal(formatPrefix(parsePrefix('10.1.2.3/8') ?? assert.fail()), '10.0.0.0/8');
});
