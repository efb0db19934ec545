import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePhysicalNetworks } from '../src/parse-physical-networks.ts';

test('physical networks, with the VLAN ids that they give out', () => {
  assert.deepEqual(parsePhysicalNetworks('default:1:4094'), [{ name: 'default', vlans: [{ first: 1, last: 4094 }] }]);
  assert.deepEqual(parsePhysicalNetworks('default:1:10, default:20:30,public'), [
    {
      name: 'default',
      vlans: [
        { first: 1, last: 10 },
        { first: 20, last: 30 },
      ],
    },
    { name: 'public', vlans: [] },
  ]);
});

test('what is no such list', () => {
  for (const text of ['', 'a,,b', 'a:1', 'a:0:5', 'a:1:4095', 'a:9:5', 'a:1:5,a:5:9', 'a b', ':1:2', 'x'.repeat(65)]) {
    assert.equal(parsePhysicalNetworks(text), undefined, text);
  }
});
