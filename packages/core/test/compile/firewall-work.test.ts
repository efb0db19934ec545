import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Model, weave } from '@netloom/core/compile/weave';
import type { Change } from '@netloom/core/model/change';
import { CLOUD, cloud, hostOf, networkId, portId } from './cloud.ts';
import { firewallRule, port } from './objects.ts';

const RULES = Array.from({ length: 100 }, (_, i) =>
  firewallRule(`rule-${i}`, { protocol: 6, destinationPorts: [i, i] }),
);
const POLICY = { id: 'policy', rules: RULES.map(({ id }) => id) };

/** Every workload of the cloud is behind the firewall "wall", but those of one network, which are behind "quiet". */
const BARE = cloud();
const MODEL: Model = {
  ...BARE,
  firewallGroups: ['wall', 'quiet'].map((id) => ({
    id,
    adminStateUp: true,
    ingressPolicy: id === 'wall' ? 'policy' : null,
    egressPolicy: null,
  })),
  firewallGroupPorts: BARE.ports
    .filter(({ host }) => host !== null)
    .map(({ id, networkId: at }) => ({ id, groupId: at === networkId(7) ? 'quiet' : 'wall' })),
  firewallPolicies: [POLICY],
  firewallRules: RULES,
};
const QUIET_HOSTS = CLOUD.ports / CLOUD.networks;

/** What one batch costs in a fresh cloud: hosts told, distinct deltas, rows computed, tables touched. */
function cost(...changes: Change[]) {
  const loom = weave(MODEL);
  const deltas = loom.apply(changes);
  return {
    hosts: deltas.flatMap(({ hosts }) => hosts).length,
    groups: deltas.length,
    rows: loom.rowsComputed,
    tables: [...new Set(deltas.flatMap(({ delta }) => Object.keys(delta)))].sort(),
    deltas,
  };
}

const order = (rules: readonly string[]): Change => ({
  kind: 'firewallPolicy',
  id: POLICY.id,
  object: { ...POLICY, rules },
});
const ONE_ROW_EVERYWHERE = { hosts: CLOUD.hosts, groups: 1, rows: 2, tables: ['firewalls'] };

test('a rule that comes, goes or moves is one row, and one difference for all hosts behind the firewall', () => {
  const [first = '', ...others] = POLICY.rules;
  for (const rules of [others, [...others, first]]) {
    const { deltas, ...counts } = cost(order(rules));
    assert.deepEqual(counts, ONE_ROW_EVERYWHERE);
    assert.deepEqual(
      deltas[0]?.delta.firewalls?.upserts[0]?.ingress.map(({ id }) => id),
      rules,
    );
  }
});

test('a rule that changes in itself is the same', () => {
  const { deltas: _, ...counts } = cost({
    kind: 'firewallRule',
    id: 'rule-5',
    object: firewallRule('rule-5', { action: 'deny' }),
  });
  assert.deepEqual(counts, ONE_ROW_EVERYWHERE);
});

test('a disabled rule tells nobody', () => {
  const off = firewallRule('off', { enabled: false });
  const { hosts } = cost({ kind: 'firewallRule', id: 'off', object: off }, order([...POLICY.rules, 'off']));
  assert.equal(hosts, 0);
});

test('policies and rules that no group applies compute nothing', () => {
  const spare = firewallRule('spare');
  const { hosts, rows } = cost(
    { kind: 'firewallRule', id: 'spare', object: spare },
    { kind: 'firewallPolicy', id: 'unused', object: { id: 'unused', rules: ['spare'] } },
  );
  assert.deepEqual({ hosts, rows }, { hosts: 0, rows: 0 });
});

test('one more member is its port`s row, and the firewall`s where it is the first', () => {
  const at = hostOf(7, 0);
  const fresh = port('new', networkId(7), { host: at, ip: '10.0.0.200' });
  const loom = weave({ ...MODEL, ports: [...MODEL.ports, fresh] });
  const join = (groupId: string): Change => ({ kind: 'firewallGroupPort', id: 'new', object: { id: 'new', groupId } });
  const [quiet, ...none] = loom.apply([join('quiet')]);
  assert.deepEqual([quiet?.hosts, Object.keys(quiet?.delta ?? {}), none], [[at], ['ports'], []]);
  assert.equal(loom.rowsComputed, 2, 'before and after');

  const moved = portId(7, 1);
  const leave: Change = { kind: 'firewallGroupPort', id: moved, object: { id: moved, groupId: 'wall' } };
  const { hosts, rows, deltas } = cost(leave);
  assert.deepEqual([hosts, rows], [1, 2], 'its host has the firewall for others');
  assert.deepEqual(deltas[0]?.delta.firewalls, { upserts: [], deletes: ['quiet'] });
});

test('a firewall that comes or goes computes its row once for all its hosts', () => {
  const gone: Change = { kind: 'firewallGroup', id: 'quiet', object: null };
  const { hosts, rows, tables } = cost(gone);
  assert.deepEqual([hosts, rows, tables], [QUIET_HOSTS, 0, ['firewalls']]);
  const [group = null] = MODEL.firewallGroups.filter(({ id }) => id === 'quiet');
  const loom = weave({ ...MODEL, firewallGroups: MODEL.firewallGroups.filter(({ id }) => id !== 'quiet') });
  const deltas = loom.apply([{ kind: 'firewallGroup', id: 'quiet', object: group }]);
  assert.deepEqual([deltas.length, deltas[0]?.hosts.length, loom.rowsComputed], [1, QUIET_HOSTS, 1]);
});
