import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '@netloom/core/model/change';
import type { Port } from '@netloom/core/model/port';
import type { SecurityGroupRule } from '@netloom/core/model/security-group';
import { openFlowPlanner, type PolicyModel } from '@netloom/core/plan/flow-planner';
import { flowTexts, formatFlow } from '@netloom/core/plan/flow-text';
import { EMPTY_MODEL, network, port } from '../compile/objects.ts';

/* What a person reads. Whether it is true, the random worlds of flow-planner.test.ts say. */

const group = (id: string) => ({ id, projectId: 'p', name: id, stateful: true });

function rule(id: string, groupId: string, fields: Partial<SecurityGroupRule> = {}): SecurityGroupRule {
  const base = { direction: 'ingress', family: 4, protocol: 6, min: null, max: null, remote: { kind: 'any' } } as const;
  return { id, groupId, ...base, ...fields };
}

function member(id: string, groups: readonly string[], ip: string, fields: Partial<Port> = {}): Port {
  return port(id, 'net', { ip, securityGroups: groups, portSecurity: true, ...fields });
}

/** Two ports in web, one in db, one with both families; everybody may send, web lets everybody in by ssh. */
const MODEL: PolicyModel = {
  ...EMPTY_MODEL,
  networks: [network('net'), network('other')],
  ports: [
    member('web-1', ['web'], '10.0.0.11'),
    member('web-2', ['web'], '10.0.0.12'),
    member('db-1', ['db'], '10.0.0.21'),
    { ...member('far-1', ['far'], '10.9.0.1'), networkId: 'other' },
  ],
  securityGroups: ['web', 'db', 'far'].map(group),
  securityGroupRules: [
    ...['web', 'db', 'far'].map((id) => rule(`out of ${id}`, id, { direction: 'egress', protocol: null })),
    rule('ssh', 'web', { min: 22, max: 22 }),
  ],
  addressGroupEntries: [{ id: 'partners/1', groupId: 'partners', prefix: '198.51.100.0/24' }],
};

function read(changes: readonly Change[]): string[] {
  const { gained, lost } = openFlowPlanner(MODEL).compare(changes);
  const names = { nameOf: (_kind: string, id: string) => id };
  return [
    ...flowTexts(gained, names).map((flow) => `+ ${formatFlow(flow)}`),
    ...flowTexts(lost, names).map((flow) => `- ${formatFlow(flow)}`),
  ];
}

const put = (object: SecurityGroupRule): Change => ({ kind: 'securityGroupRule', id: object.id, object });
const putPort = (object: Port): Change => ({ kind: 'port', id: object.id, object });

test('what one change does is one line', () => {
  const reads: readonly (readonly [Change | readonly Change[], readonly string[]])[] = [
    [put(rule('r', 'db', { min: 5432, max: 5432, remote: { kind: 'group', group: 'web' } })), ['+ web -> db tcp/5432']],
    [{ kind: 'securityGroupRule', id: 'ssh', object: null }, ['- any -> web tcp/22']],
    [put(rule('r', 'db', { remote: { kind: 'prefix', prefix: '192.0.2.0/24' } })), ['+ 192.0.2.0/24 -> db tcp']],
    [put(rule('r', 'db', { remote: { kind: 'group', group: 'far' } })), ['+ far -> db tcp']],
    [put(rule('r', 'db', { remote: { kind: 'addressGroup', group: 'partners' } })), ['+ partners -> db tcp']],
    // Of the prefix, what was possible before is no news.
    [
      put(rule('r', 'web', { protocol: null, remote: { kind: 'prefix', prefix: '10.0.0.0/24' } })),
      ['+ 10.0.0.0/24 -> web any but tcp/22'],
    ],
    [
      put(rule('ssh', 'web', { min: 22, max: 22, remote: { kind: 'group', group: 'db' } })),
      ['- any except db -> web tcp/22'],
    ],
    [
      putPort(member('web-2', [], '10.0.0.12')),
      ['- any -> web-2 tcp/22', '- web-2 -> any except network net any', '- web-2 -> web-1 tcp/22'],
    ],
    [put(rule('r', 'db', { family: 6 })), []],
    [put(rule('r', 'web', { min: 22, max: 22, remote: { kind: 'group', group: 'db' } })), []],
  ];
  for (const [change, lines] of reads) assert.deepEqual(read([change].flat()), lines, JSON.stringify(change));
});

test('a family is named where ports have both', () => {
  const both = member('web-1', ['web'], '10.0.0.11', {
    fixedIps: ['10.0.0.11', 'fd00::11'].map((ip) => ({ subnetId: 's', ip })),
  });
  assert.deepEqual(read([putPort(both), put(rule('r', 'web', { family: 6, protocol: 58, min: 128 }))]).slice(0, 1), [
    // Itself it may not send to: no rule lets it out in this family.
    '+ any except web -> web v6 icmpv6/128',
  ]);
});
