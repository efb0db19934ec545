import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelIndex } from '@netloom/core/compile/model-index';
import { weave } from '@netloom/core/compile/weave';
import { prng, seeds } from '../prng.ts';
import { EMPTY_MODEL, host, network, port } from './objects.ts';
import { randomState } from './random-model.ts';

test('an index of objects that are gone is empty: nothing leaks', () => {
  for (const seed of seeds(100)) {
    const random = prng(seed);
    const model = modelIndex();
    const states = [...randomState(random), ...randomState(random)];
    for (const { kind, id, object } of states) model.put(kind, id, object);
    for (const { kind, id } of random.shuffled(states)) model.put(kind, id, null);
    const { objects, bound, networksOn, dhcpPorts, subnetsOf, roamers, hostsAt, security, firewall, routers } = model;
    const indexes = { bound, networksOn, dhcpPorts, subnetsOf, roamers, hostsAt, ...security, ...firewall, ...routers };
    for (const [name, index] of [...Object.entries(objects), ...Object.entries(indexes)]) {
      assert.equal(index.size, 0, `${name}, seed ${seed}`);
    }
  }
});

test('a loom says where ports, tunnel ends and networks are', () => {
  const loom = weave({
    ...EMPTY_MODEL,
    networks: [network('on'), network('off', { adminStateUp: false })],
    ports: [
      port('p1', 'on', { host: 'h1' }),
      port('p2', 'off', { host: 'h2' }),
      port('p3', 'on'),
      port('dhcp', 'on', { host: 'h2', deviceOwner: 'network:dhcp' }),
    ],
    hosts: [host('h2', '192.0.2.1'), host('h1', '192.0.2.1'), host('h3', null)],
  });
  assert.deepEqual(
    ['p1', 'p2', 'p3', 'dhcp', 'unknown'].map((id) => loom.hostOfPort(id)),
    ['h1', 'h2', ...Array(3).fill(undefined)],
  );
  assert.deepEqual(
    ['on', 'off', 'unknown'].map((id) => loom.carriersOf(id)),
    [['h1'], [], []],
  );
  // Two hosts that claim one address: the same answer whatever came first.
  assert.equal(loom.hostOfVtep('192.0.2.1'), 'h1');
  assert.equal(loom.hostOfVtep('192.0.2.9'), undefined);
});
