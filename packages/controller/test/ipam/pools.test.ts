import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePrefix } from '@netloom/core/net/prefix';
import { checkPools, defaultPools } from '../../src/ipam/pools.ts';

function prefix(text: string) {
  const parsed = parsePrefix(text);
  assert.ok(parsed);
  return parsed;
}

function pools(cidr: string, gateway: string | null): string[] {
  return defaultPools(prefix(cidr), gateway).map(({ start, end }) => `${start}-${end}`);
}

test('default pools leave out the gateway and what is nobody’s', () => {
  assert.deepEqual(pools('10.1.0.0/24', '10.1.0.1'), ['10.1.0.2-10.1.0.254']);
  assert.deepEqual(pools('10.1.0.0/24', '10.1.0.100'), ['10.1.0.1-10.1.0.99', '10.1.0.101-10.1.0.254']);
  assert.deepEqual(pools('10.1.0.0/24', null), ['10.1.0.1-10.1.0.254']);
  assert.deepEqual(pools('10.1.0.0/24', '10.9.0.1'), ['10.1.0.1-10.1.0.254']);
  assert.deepEqual(pools('10.1.0.0/31', null), ['10.1.0.0-10.1.0.1']);
  assert.deepEqual(pools('10.1.0.7/32', null), ['10.1.0.7-10.1.0.7']);
  assert.deepEqual(pools('fd00::/64', 'fd00::'), ['fd00::1-fd00::ffff:ffff:ffff:ffff']);
  assert.deepEqual(pools('fd00::/64', 'fd00::1'), ['fd00::2-fd00::ffff:ffff:ffff:ffff']);
});

test('pools that a client asks for are checked', () => {
  const check = (...texts: string[]) => {
    const list = texts.map((text) => ({ start: text.split('-')[0] ?? '', end: text.split('-')[1] ?? '' }));
    return () => checkPools(prefix('10.1.0.0/24'), list, '10.1.0.1');
  };
  assert.deepEqual(check('10.1.0.9-10.1.0.9')(), [
    { first: 0x0a010009n, last: 0x0a010009n, text: '10.1.0.9-10.1.0.9' },
  ]);
  assert.throws(check('10.1.0.0-10.1.0.9'), { type: 'OutOfBoundsAllocationPool' });
  assert.throws(check('10.1.0.9-10.1.0.255'), { type: 'OutOfBoundsAllocationPool' });
  assert.throws(check('10.1.0.9-10.1.0.8'), { type: 'InvalidAllocationPool' });
  assert.throws(check('fd00::1-fd00::2'), { type: 'InvalidAllocationPool' });
  assert.throws(check('10.1.0.30-10.1.0.40', '10.1.0.5-10.1.0.9', '10.1.0.40-10.1.0.50'), {
    type: 'OverlappingAllocationPools',
    message: 'Found overlapping allocation pools: 10.1.0.30-10.1.0.40 10.1.0.40-10.1.0.50 for subnet 10.1.0.0/24.',
  });
  assert.throws(check('10.1.0.1-10.1.0.9'), {
    type: 'GatewayConflictWithAllocationPools',
    message: 'Gateway ip 10.1.0.1 conflicts with allocation pool 10.1.0.1-10.1.0.9.',
  });
});
