import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ALL_PACKETS,
  differenceOf,
  intersectionOf,
  type PacketSet,
  packetsOf,
  unionOf,
} from '@netloom/core/plan/packet-set';
import { combined, fromAnyPort, fromPorts, type Packets } from '@netloom/core/plan/packets';
import { packetsText } from '@netloom/core/plan/packets-text';
import { prng, seeds } from '../prng.ts';

const tcp = (min: number | null = null, max = min) => packetsOf({ protocol: 6, min, max });
const icmp = (min: number | null = null, max: number | null = null) => packetsOf({ protocol: 1, min, max });
const protocol = (number: number | null) => packetsOf({ protocol: number, min: null, max: null });

test('sets of packets are read as rules are written', () => {
  const texts: readonly (readonly [PacketSet, string])[] = [
    [[], ''],
    [ALL_PACKETS, 'any'],
    [tcp(5432), 'tcp/5432'],
    [tcp(), 'tcp'],
    [unionOf([tcp(443), tcp(80), tcp(81, 90)]), 'tcp/80-90,443'],
    [tcp(0, 65_535), 'tcp'],
    [unionOf([tcp(65_535), packetsOf({ protocol: 17, min: 0, max: 0 })]), 'tcp/65535, udp/0'],
    [unionOf([protocol(17), tcp()]), 'tcp, udp'],
    [icmp(), 'icmp'],
    [icmp(8), 'icmp/8'],
    [icmp(3, 4), 'icmp/3:4'],
    [unionOf([icmp(8), icmp(9), icmp(10, 0), icmp(10, 1)]), 'icmp/8-9,10:0-1'],
    [unionOf([protocol(47), protocol(48), protocol(49), protocol(50)]), 'gre, protocol 48-49, esp'],
    [differenceOf(ALL_PACKETS, tcp(22)), 'any but tcp/22'],
    [differenceOf(ALL_PACKETS, unionOf([tcp(), protocol(0)])), 'any but protocol 0, tcp'],
  ];
  for (const [set, text] of texts) assert.equal(packetsText(fromAnyPort(set)), text);
});

test('source ports are named where they matter', () => {
  const both = (a: Packets, b: Packets) => combined(a, b, (x, y) => unionOf([x, y]));
  const dns = fromPorts(1024, 65_535, tcp(53));
  assert.equal(packetsText(dns), 'tcp/53 from port 1024-65535');
  assert.equal(packetsText(both(dns, fromAnyPort(icmp()))), 'icmp; tcp/53 from port 1024-65535');
  assert.equal(packetsText(both(dns, fromPorts(7, 7, tcp(53)))), 'tcp/53 from port 7,1024-65535');
  assert.equal(packetsText(both(dns, fromPorts(0, 1023, tcp(53)))), 'tcp/53');
});

test('sets are exact: against lists of all members of a small line', () => {
  for (const seed of seeds(500)) {
    const random = prng(seed);
    const draw = () => unionOf(Array.from({ length: random.below(4) }, () => run(random.below(12), random.below(12))));
    const [a, b] = [draw(), draw()];
    const [listA, listB] = [members(a), members(b)];
    const label = `seed ${seed}`;
    assert.deepEqual(
      members(unionOf([a, b])),
      [...new Set([...listA, ...listB])].sort((x, y) => x - y),
      label,
    );
    assert.deepEqual(
      members(intersectionOf(a, b)),
      listA.filter((each) => listB.includes(each)),
      label,
    );
    assert.deepEqual(
      members(differenceOf(a, b)),
      listA.filter((each) => !listB.includes(each)),
      label,
    );
    // Equal sets are equal lists.
    assert.deepEqual(unionOf([differenceOf(a, b), intersectionOf(a, b)]), a, label);
  }
});

function run(x: number, y: number): PacketSet {
  return [Math.min(x, y), Math.max(x, y)];
}

function members(set: PacketSet): number[] {
  const list: number[] = [];
  for (let i = 0; i < set.length; i += 2)
    for (let each = set[i] ?? 0; each <= (set[i + 1] ?? -1); each++) list.push(each);
  return list;
}
