import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffItems, type Step } from '@netloom/core/delta/diff';
import { ORDER } from '../src/bridge/items.ts';
import { renderBridge } from '../src/bridge/render.ts';
import { inOrder } from '../src/bridge/step-order.ts';
import { floodRow, portRow, remoteRow, segmentRow, tablesOf } from '../src/conformance-tables.ts';

const facts = { vtep: '198.51.100.1', underlayMtu: 1500, abilities: {} };

test('a segment with a workload here and one elsewhere', () => {
  const tables = tablesOf({
    segments: [segmentRow('a', 5001)],
    ports: [portRow('a', 1, { adminUp: false })],
    remotes: [{ ...remoteRow('a', 2, '198.51.100.2'), mac: 'FA:16:3E:00:00:02', ips: ['10.0.0.2', 'fd00:0::2'] }],
  });
  const segment = ['segments/a'];
  assert.deepEqual(
    [...renderBridge(tables, facts, 'dp').values()],
    [
      { kind: 'namespace', key: 'dp', spec: { filter: 'off' }, owners: segment },
      {
        kind: 'bridge',
        key: 'br5001',
        spec: {
          mac: 'fe:6c:6d:00:13:89',
          mtu: 1450,
          up: true,
          addrGenMode: 'none',
          multicastSnooping: false,
          stp: false,
        },
        owners: segment,
      },
      {
        kind: 'vxlan',
        key: 'vx5001',
        spec: {
          vni: 5001,
          local: '198.51.100.1',
          port: 4789,
          ttl: 64,
          mtu: 1450,
          up: true,
          addrGenMode: 'none',
          master: 'br5001',
          learning: false,
          neighSuppress: true,
          flood: 'none',
        },
        owners: segment,
      },
      {
        kind: 'port',
        key: 'tap1',
        spec: { master: 'br5001', mtu: 1450, up: false, addrGenMode: 'none', learning: false, flood: false },
        owners: ['ports/p1'],
        guarded: false,
      },
      { kind: 'fdb', key: 'br5001 fa:16:3e:00:00:01', spec: { device: 'tap1' }, owners: ['ports/p1'] },
      {
        kind: 'tunnel',
        key: 'vx5001 fa:16:3e:00:00:02',
        spec: { vteps: ['198.51.100.2'] },
        owners: ['remotes/p2'],
      },
      { kind: 'fdb', key: 'br5001 fa:16:3e:00:00:02', spec: { device: 'vx5001' }, owners: ['remotes/p2'] },
      { kind: 'neighbour', key: 'br5001 10.0.0.2', spec: { mac: 'fa:16:3e:00:00:02' }, owners: ['remotes/p2'] },
      { kind: 'neighbour', key: 'br5001 fd00::2', spec: { mac: 'fa:16:3e:00:00:02' }, owners: ['remotes/p2'] },
    ],
  );
});

test('a flooding segment gets the guard and its floods; one that does not flood ignores them', () => {
  const floods = [floodRow('f', '198.51.100.2'), floodRow('a', '198.51.100.3')];
  const segments = [segmentRow('f', 9, { flood: 'head-end' }), segmentRow('a', 10)];
  const items = renderBridge(tablesOf({ segments, floods }), facts, 'dp');
  assert.deepEqual(items.get('guard tunnels')?.owners, ['segments/f']);
  assert.deepEqual(
    [...items.values()].filter(({ kind }) => kind === 'flood').map(({ key }) => key),
    ['vx9 198.51.100.2'],
  );
});

test('rows of a segment that is not carried here give nothing', () => {
  const tables = tablesOf({
    ports: [portRow('x', 1)],
    remotes: [remoteRow('x', 2, '198.51.100.2')],
    floods: [floodRow('x', '198.51.100.2')],
  });
  assert.equal(renderBridge(tables, facts, 'dp').size, 0);
});

test('a workload that moves keeps its way until the other one stands', () => {
  const segments = [segmentRow('a', 5001)];
  const render = (rows: Parameters<typeof tablesOf>[0]) => renderBridge(tablesOf({ segments, ...rows }), facts, 'dp');
  const here = render({ ports: [portRow('a', 1)] });
  const there = render({ remotes: [remoteRow('a', 1, '198.51.100.2')] });
  const say = (steps: readonly Step[]) => steps.map(({ action, item }) => `${action} ${item.kind}`);
  assert.deepEqual(say(inOrder(diffItems(there, here, ORDER))), [
    'create tunnel',
    'update fdb',
    'create neighbour',
    'create neighbour',
    'remove port',
  ]);
  assert.deepEqual(say(inOrder(diffItems(here, there, ORDER))), [
    'remove neighbour',
    'remove neighbour',
    'create port',
    'update fdb',
    'remove tunnel',
  ]);
});
