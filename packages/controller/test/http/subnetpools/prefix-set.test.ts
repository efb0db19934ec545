import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrefix, lastOf, type Prefix, parsePrefix } from '@netloom/core/net/prefix';
import {
  compactPrefixes,
  sharedPrefixes,
  subtractPrefixes,
} from '../../../src/http/resources/subnetpools/prefix-set.ts';
import { random as randomSource } from '../random.ts';

const prefixes = (...texts: string[]): Prefix[] => texts.map((text) => parsePrefix(text) as Prefix);
const texts = (set: readonly Prefix[]): string[] => set.map(formatPrefix);

test('a set is as few prefixes as can be, in order', () => {
  assert.deepEqual(texts(compactPrefixes(prefixes('10.65.0.0/16', '10.64.0.0/16', '10.64.1.0/24'))), ['10.64.0.0/15']);
  assert.deepEqual(texts(compactPrefixes(prefixes('10.1.0.0/16', '10.2.0.0/16'))), ['10.1.0.0/16', '10.2.0.0/16']);
  assert.deepEqual(texts(compactPrefixes(prefixes('0.0.0.0/1', '128.0.0.0/1'))), ['0.0.0.0/0']);
  assert.deepEqual(texts(compactPrefixes(prefixes('::/1', '8000::/1'))), ['::/0']);
  assert.deepEqual(compactPrefixes([]), []);
});

test('differences and intersections', () => {
  assert.deepEqual(texts(subtractPrefixes(prefixes('10.0.0.0/24'), prefixes('10.0.0.64/26'))), [
    '10.0.0.0/26',
    '10.0.0.128/25',
  ]);
  assert.deepEqual(subtractPrefixes(prefixes('fd00::/64'), prefixes('fd00::/48')), []);
  assert.deepEqual(texts(sharedPrefixes(prefixes('10.0.0.0/24'), prefixes('10.0.0.64/26', '11.0.0.0/8'))), [
    '10.0.0.64/26',
  ]);
});

test('sets agree with lists of addresses', () => {
  const random = randomSource(7);
  const draw = (): Prefix[] =>
    Array.from({ length: 1 + random(5) }, () => {
      const length = 24 + random(9);
      return parsePrefix(`10.0.0.${random(256)}/${length}`) as Prefix;
    });
  const addresses = (set: readonly Prefix[]): bigint[] =>
    [
      ...new Set(
        set.flatMap((one) =>
          Array.from({ length: Number(lastOf(one) - one.first) + 1 }, (_, i) => one.first + BigInt(i)),
        ),
      ),
    ].sort((a, b) => (a < b ? -1 : 1));
  for (let round = 0; round < 300; round++) {
    const [a, b] = [draw(), draw()];
    const inB = new Set(addresses(b));
    assert.deepEqual(addresses(compactPrefixes(a)), addresses(a));
    assert.deepEqual(
      addresses(subtractPrefixes(a, b)),
      addresses(a).filter((one) => !inB.has(one)),
    );
    assert.deepEqual(
      addresses(sharedPrefixes(a, b)),
      addresses(a).filter((one) => inB.has(one)),
    );
    assert.deepEqual(compactPrefixes(compactPrefixes(a)), compactPrefixes(a));
  }
});
