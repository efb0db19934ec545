import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weave } from '@netloom/core/compile/weave';
import type { Change } from '@netloom/core/model/change';
import { CLOUD, cloud, hostName, hostOf, networkId, portId } from './cloud.ts';
import { host, network, port } from './objects.ts';

const MODEL = cloud();
const CARRIERS = CLOUD.ports / CLOUD.networks;

/** What one batch costs in a fresh cloud: hosts told, distinct deltas, rows computed. */
function cost(changes: readonly Change[], model = MODEL) {
  const loom = weave(model);
  const deltas = loom.apply(changes);
  return { hosts: deltas.flatMap(({ hosts }) => hosts), groups: deltas.length, rows: loom.rowsComputed, deltas };
}

const bind = (id: string, to: string | null): Change => ({
  kind: 'port',
  id,
  object: port(id, networkId(7), { host: to, ip: '10.0.0.200' }),
});

test('weaving computes no host row', () => {
  assert.equal(weave(MODEL).rowsComputed, 0);
});

test('binding a port on a host that carries its network computes two rows and tells the carriers alone', () => {
  const to = hostOf(7, 0);
  const { hosts, groups, rows, deltas } = cost([bind('new', to)]);
  const carriers = Array.from({ length: CARRIERS }, (_, i) => hostOf(7, i));
  assert.deepEqual(hosts.toSorted(), carriers.toSorted());
  assert.equal(groups, 2, 'the host of the port, and all others');
  assert.equal(rows, 2, 'its ports row and its remotes row');
  const [own, others] = [deltas.find((one) => one.hosts.includes(to)), deltas.find((one) => !one.hosts.includes(to))];
  assert.deepEqual(Object.keys(own?.delta ?? {}), ['ports']);
  assert.deepEqual(Object.keys(others?.delta ?? {}), ['remotes']);
});

test('binding the first port of a network on a host computes that host its view of the network, once', () => {
  const carried = new Set(Array.from({ length: CARRIERS }, (_, i) => hostOf(7, i)));
  const to = Array.from({ length: CLOUD.hosts }, (_, i) => hostName(i)).find((name) => !carried.has(name)) ?? '';
  const { hosts, groups, rows } = cost([bind('new', to)]);
  assert.deepEqual(new Set(hosts), new Set([...carried, to]));
  assert.equal(groups, 2);
  // segment, its own port, 30 remotes, subnet, DHCP server; and the one remotes row that all others get.
  assert.equal(rows, 1 + 1 + CARRIERS + 1 + 1 + 1);
});

test('moving a port computes its row for each side and leaves hosts of other networks alone', () => {
  const from = hostOf(7, 3);
  const to = hostOf(7, 4);
  const moved = port(portId(7, 3), networkId(7), { host: to, ip: '10.0.0.13' });
  const { hosts, groups, rows } = cost([{ kind: 'port', id: moved.id, object: moved }]);
  assert.equal(hosts.length, CARRIERS);
  assert.ok(hosts.includes(from));
  // The host it leaves had no other port of the network and loses all of it, which computes nothing.
  assert.equal(groups, 3);
  assert.equal(rows, 3, 'ports row of the new host; remotes row before and after for all others');
});

test('unbinding the last port of a network on a host computes nothing', () => {
  const { hosts, rows, groups } = cost([bind(portId(7, 3), null)]);
  assert.equal(hosts.length, CARRIERS);
  assert.deepEqual({ rows, groups }, { rows: 0, groups: 2 });
});

test('a network`s new MTU is one row before and one after for all its carriers', () => {
  const { hosts, rows, groups } = cost([
    { kind: 'network', id: networkId(7), object: network(networkId(7), { vni: 5_007, mtu: 1400 }) },
  ]);
  assert.equal(hosts.length, CARRIERS);
  // The segment row differs; the DHCP server's row is compared, as the network also gives its domain.
  assert.deepEqual({ rows, groups }, { rows: 4, groups: 1 });
});

test('a host`s new tunnel end recomputes its own ports only', () => {
  const name = hostOf(7, 3);
  const ports = MODEL.ports.filter((one) => one.host === name).length;
  const { hosts, rows } = cost([{ kind: 'host', id: name, object: host(name, '198.51.100.1') }]);
  assert.equal(rows, 2 * ports, 'each of its remotes rows before and after');
  assert.ok(!hosts.includes(name));
});

test('with head-end replication a bound port also compares the flood row of its host', () => {
  const { rows, groups } = cost([bind('new', hostOf(7, 0))], cloud('head-end'));
  assert.deepEqual({ rows, groups }, { rows: 4, groups: 2 });
});

test('what changes nothing computes nothing', () => {
  const same = MODEL.ports[5];
  assert.ok(same);
  const { hosts, rows } = cost([
    { kind: 'port', id: same.id, object: { ...same, host: 'host-9' } },
    { kind: 'port', id: same.id, object: structuredClone(same) },
    { kind: 'port', id: 'unknown', object: null },
  ]);
  assert.deepEqual({ hosts, rows }, { hosts: [], rows: 0 });
});
