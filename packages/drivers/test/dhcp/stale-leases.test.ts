import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropStaleLeases } from '../../src/dhcp/stale-leases.ts';

const HOSTS = 'fa:16:3f:00:00:01,10.0.0.11,[fd00::11],web-1\nfa:16:3f:00:00:02,10.0.0.12,web-2\n';
const LEASES = `1795275119 fa:16:3f:00:00:01 10.0.0.11 web-1 *
1795275119 fa:16:3f:00:00:02 10.0.0.12 web-2 *
duid 00:02:00:00:7e:d9:fa:16:3e:00:00:02
1795275119 4128769 fd00::11 web-1 00:03:00:01:fa:16:3f:00:00:01
`;

test('leases of unchanged ports stay', () => {
  assert.equal(dropStaleLeases(LEASES, HOSTS, HOSTS), LEASES);
  assert.equal(dropStaleLeases('', HOSTS, HOSTS), '');
});

test('leases of a port that left go, of both families', () => {
  const after = 'fa:16:3f:00:00:02,10.0.0.12,web-2\n';
  assert.deepEqual(dropStaleLeases(LEASES, HOSTS, after).split('\n'), [
    '1795275119 fa:16:3f:00:00:02 10.0.0.12 web-2 *',
    'duid 00:02:00:00:7e:d9:fa:16:3e:00:00:02',
    '',
  ]);
});

test('leases of an address that changed hands go', () => {
  const after = 'fa:16:3f:00:00:09,10.0.0.11,[fd00::11],web-9\nfa:16:3f:00:00:02,10.0.0.12,web-2\n';
  assert.doesNotMatch(dropStaleLeases(LEASES, HOSTS, after), /10\.0\.0\.11|fd00::11/);
});
