import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weave } from '@netloom/core/compile/weave';
import type { Change } from '@netloom/core/model/change';
import type { Log } from '@netloom/core/model/log';
import { CLOUD, hostOf, networkId } from './cloud.ts';
import { guardedCloud, MEMBERS, MEMBERS_ON_HOST } from './guarded-cloud.ts';
import { log, port } from './objects.ts';

const MODEL = guardedCloud();
const putLog = (object: Log): Change => ({ kind: 'log', id: object.id, object });

/** What the last of some batches costs in a fresh cloud. */
function cost(...batches: Change[][]) {
  const loom = weave(MODEL);
  for (const batch of batches.slice(0, -1)) loom.apply(batch);
  const before = loom.rowsComputed;
  const deltas = loom.apply(batches.at(-1) ?? []);
  return { deltas, hosts: deltas.flatMap(({ hosts }) => hosts).length, rows: loom.rowsComputed - before };
}

test("a log of a group is one row for each of its ports, on the port's host", () => {
  const { deltas, hosts, rows } = cost([putLog(log('web', { groupId: 'web' }))]);
  assert.deepEqual([hosts, rows], [CLOUD.hosts, MEMBERS]);
  assert.ok(deltas.every(({ delta }) => delta.logs?.upserts.length === MEMBERS_ON_HOST));
  assert.ok(deltas.every(({ delta }) => Object.keys(delta).length === 1));
});

test('a log of a port concerns its host alone', () => {
  const one = MODEL.ports.find(({ host }) => host !== null);
  const { hosts, rows } = cost([putLog(log('one', { portId: one?.id ?? '' }))]);
  assert.deepEqual([hosts, rows], [1, 1]);
});

test('one more port of a logged group or project is one row more, on its host', () => {
  const to = hostOf(7, 0);
  const added = port('new', networkId(7), { ip: '10.0.0.200', host: to, securityGroups: ['quiet'] });
  const change: Change = { kind: 'port', id: 'new', object: added };
  const { rows } = cost([change]);
  const logs = [putLog(log('quiet', { groupId: 'quiet' })), putLog(log('all'))];
  const logged = cost(logs, [change]);
  assert.equal(logged.rows, rows + 2);
  const told = logged.deltas.filter(({ delta }) => delta.logs !== undefined);
  assert.deepEqual(
    told.flatMap(({ hosts }) => hosts),
    [to],
  );
  assert.deepEqual(told[0]?.delta.logs?.upserts.map(({ id }) => id).sort(), ['all/new', 'quiet/new']);
});

test('a log that is not enabled is nothing to anybody', () => {
  const { hosts, rows } = cost([putLog(log('off', { enabled: false }))]);
  assert.deepEqual([hosts, rows], [0, 0]);
  const { hosts: all, deltas } = cost(
    [putLog(log('web', { groupId: 'web' }))],
    [putLog(log('web', { groupId: 'web', enabled: false }))],
  );
  assert.equal(all, CLOUD.hosts);
  assert.ok(deltas.every(({ delta }) => delta.logs?.deletes.length === MEMBERS_ON_HOST));
});
