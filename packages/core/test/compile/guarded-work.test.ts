import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weave } from '@netloom/core/compile/weave';
import type { Change } from '@netloom/core/model/change';
import type { Port } from '@netloom/core/model/port';
import type { SecurityGroupRule } from '@netloom/core/model/security-group';
import { CLOUD, hostOf, networkId, portId } from './cloud.ts';
import { guardedCloud, MEMBERS, MEMBERS_ON_HOST } from './guarded-cloud.ts';
import { port, rule } from './objects.ts';

const MODEL = guardedCloud();
const LOOM = weave(MODEL);

/** What one batch costs: hosts told, distinct deltas, rows computed. The cloud is brought back afterwards. */
function cost(...changes: Change[]) {
  const before = LOOM.rowsComputed;
  const start = performance.now();
  const deltas = LOOM.apply(changes);
  const milliseconds = performance.now() - start;
  const rows = LOOM.rowsComputed - before;
  LOOM.apply(changes.map(asItWas));
  return { hosts: deltas.flatMap(({ hosts }) => hosts), groups: deltas.length, rows, deltas, milliseconds };
}

function asItWas({ kind, id }: Change): Change {
  const objects = kind === 'port' ? MODEL.ports : kind === 'securityGroupRule' ? MODEL.securityGroupRules : [];
  return { kind, id, object: objects.find((object) => object.id === id) ?? null } as Change;
}

const put = (object: Port): Change => ({ kind: 'port', id: object.id, object });
const putRule = (object: SecurityGroupRule): Change => ({ kind: 'securityGroupRule', id: object.id, object });
const newPort = (fields: Partial<Port>) => port('new', networkId(7), { ip: '10.0.0.200', ...fields });
const ofWeb = (group: string) => ({ kind: 'group', group }) as const;

test('a new member of a group of 10,000 is one row on each of the 1,000 hosts that name it', (t) => {
  const to = hostOf(7, 0);
  const { hosts, rows, deltas, milliseconds } = cost(put(newPort({ host: to, securityGroups: ['web'] })));
  assert.equal(hosts.length, CLOUD.hosts);
  assert.equal(rows, 1 + 1 + 1, 'ports row, remotes row and the member');
  for (const { delta } of deltas) {
    assert.deepEqual(delta.addressSets, {
      upserts: [{ id: 'web/new', set: 'web', prefixes: ['10.0.0.200/32'] }],
      deletes: [],
    });
    assert.equal(delta.filters, undefined);
  }
  t.diagnostic(`${milliseconds.toFixed(1)} ms`);
});

test('a member that is bound nowhere computes nothing else', () => {
  const { hosts, rows, groups } = cost(put(newPort({ securityGroups: ['web'] })));
  assert.deepEqual([hosts.length, rows, groups], [CLOUD.hosts, 1, 1]);
});

test('a member that moves is the same member: only hosts of its network are told', () => {
  const moved = MODEL.ports.find(({ id }) => id === portId(7, 3));
  assert.ok(moved);
  assert.deepEqual(moved.securityGroups, ['web']);
  const { hosts, rows } = cost(put({ ...moved, host: hostOf(7, 4) }));
  assert.deepEqual([hosts.length, rows], [CLOUD.ports / CLOUD.networks, 3]);
});

test('a member of a group that no rule names is no row of any set', () => {
  const { hosts, deltas } = cost(put(newPort({ host: hostOf(7, 0), securityGroups: ['quiet'] })));
  assert.equal(hosts.length, CLOUD.ports / CLOUD.networks);
  assert.ok(deltas.every(({ delta }) => delta.addressSets === undefined));
});

test('a rule is one filter row, and one difference for all hosts that have its group', (t) => {
  const { hosts, rows, groups, deltas, milliseconds } = cost(putRule(rule('new', 'web', { protocol: 6 })));
  assert.deepEqual([hosts.length, rows, groups], [CLOUD.hosts, 2, 1]);
  assert.deepEqual(Object.keys(deltas[0]?.delta ?? {}), ['filters']);
  t.diagnostic(`${milliseconds.toFixed(1)} ms`);
});

test('a second rule that names a set does not send its members again', () => {
  const { rows, deltas } = cost(putRule(rule('new', 'web', { family: 6, remote: ofWeb('web') })));
  assert.equal(rows, 2);
  assert.deepEqual(Object.keys(deltas[0]?.delta ?? {}), ['filters']);
});

test('hosts that begin to carry a set get all of it, computed once', (t) => {
  const quiet = new Set(MODEL.ports.filter((one) => one.securityGroups.includes('quiet')).map((one) => one.host));
  const { hosts, rows, deltas, milliseconds } = cost(putRule(rule('new', 'quiet', { remote: ofWeb('quiet') })));
  const members = CLOUD.ports - MEMBERS;
  assert.deepEqual(new Set(hosts), quiet);
  assert.equal(rows, 2 + members);
  assert.ok(deltas.every(({ delta }) => delta.addressSets?.upserts.length === members));
  t.diagnostic(`${milliseconds.toFixed(1)} ms for ${hosts.length} hosts`);
});

test('the last rule that names a set takes it away and computes nothing for it', () => {
  const { rows, deltas } = cost({ kind: 'securityGroupRule', id: 'web-in', object: null });
  assert.equal(rows, 2);
  assert.ok(deltas.every(({ delta }) => delta.addressSets?.deletes.length === MEMBERS));
});

const isMine = (one: Port) => one.host === 'host-0' && one.securityGroups.includes('web');
const unguarded = (one: Port): Port => ({ ...one, portSecurity: false });
const MINE = MODEL.ports.filter(isMine);

test('the last guarded port of a group on a host takes filter and sets with it', () => {
  assert.equal(MINE.length, MEMBERS_ON_HOST);
  const { deltas, rows } = cost(...MINE.map((one) => put(unguarded(one))));
  const delta = deltas.find(({ hosts }) => hosts.includes('host-0'))?.delta;
  assert.deepEqual(delta?.filters, { upserts: [], deletes: ['web'] });
  assert.equal(delta?.addressSets?.deletes.length, MEMBERS);
  assert.equal(rows, 4 * MEMBERS_ON_HOST, 'ports row and remotes row before and after');
});

test('the first one brings them', () => {
  const loom = weave({ ...MODEL, ports: MODEL.ports.map((one) => (isMine(one) ? unguarded(one) : one)) });
  const deltas = loom.apply(MINE.map(put));
  const delta = deltas.find(({ hosts }) => hosts.includes('host-0'))?.delta;
  assert.deepEqual(
    delta?.filters?.upserts.map(({ id }) => id),
    ['web'],
  );
  assert.equal(delta?.addressSets?.upserts.length, MEMBERS);
  assert.equal(loom.rowsComputed, 4 * MEMBERS_ON_HOST + 1 + MEMBERS);
});
