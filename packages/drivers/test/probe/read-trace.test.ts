import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTraceLine } from '../../src/bridge/probe/read-trace.ts';

const place = { id: 'bfcacb2b', family: 'inet', table: 'netloom_filters', chain: 'f_g_in' };
const line = (text: string) => readTraceLine(`trace id bfcacb2b inet netloom_filters f_g_in ${text}`);

test('lines of nft monitor are events of a packet', () => {
  assert.deepEqual(line('packet: iif "tap1" oif "vx5001" ether saddr 02:00:00:00:00:0a ip saddr 10.0.0.1 '), {
    ...place,
    ...{ kind: 'packet', iif: 'tap1', oif: 'vx5001' },
  });
  const rule = 'ct original protocol 6 counter name "f_g.r" accept comment "r 0123abcd"';
  const read = { ...place, kind: 'rule', text: rule, comment: 'r 0123abcd' };
  assert.deepEqual(line(`rule ${rule} (verdict accept)`), { ...read, verdict: 'accept' });
  assert.deepEqual(line(`rule ${rule} (verdict jump p_0a_in)`), { ...read, verdict: 'jump p_0a_in' });
  assert.deepEqual(line('policy drop '), { ...place, kind: 'policy', verdict: 'drop' });
  const unknown = { ...place, kind: 'rule', text: '12', comment: '', verdict: 'drop' };
  assert.deepEqual(line('unknown rule handle 12 (verdict drop)'), unknown);
});

test('other lines are not', () => {
  for (const text of ['add table bridge x', '# new generation 3 by process 7 (nft)', '', 'trace id'])
    assert.equal(readTraceLine(text), undefined);
});
