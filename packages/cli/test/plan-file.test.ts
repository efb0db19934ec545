import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetloomClient } from '@netloom/api/client/connect';
import { parsePlanFile } from '../src/plan/plan-file.ts';
import { resolvePlan } from '../src/plan/resolve-plan.ts';

const ID = '0b7f4d8e-3b0e-4a57-9d38-2f1f9a1f3c11';

/** A cloud that has these names, each with its ids. */
function cloud(names: Readonly<Record<string, readonly string[]>>): Pick<NetloomClient, 'find'> {
  return { find: async (_path, _plural, { name = '' }) => (names[name] ?? []).map((id) => ({ id })) };
}

const resolved = async (text: string, names: Readonly<Record<string, readonly string[]>> = {}) =>
  resolvePlan(parsePlanFile(text, 'plan.yaml'), cloud(names));

test('lines become requests, and names ids', async () => {
  const text = `
changes:
  - create security_group_rule: { security_group: web, direction: ingress, protocol: tcp, port: 443, remote_prefix: 0.0.0.0/0 }
  - create security_group_rule:
      security_group: ${ID}
      protocol: udp
      port: 8000-8100
      remote_group: web
  - update port web-3: { security_groups: [web, ${ID}], host: h1, name: null }
  - delete port: web-3
`;
  assert.deepEqual(await resolved(text, { web: ['W'], 'web-3': ['P'] }), [
    {
      method: 'POST',
      path: '/v2.0/security-group-rules',
      body: {
        security_group_rule: {
          security_group_id: 'W',
          direction: 'ingress',
          protocol: 'tcp',
          port_range_min: 443,
          port_range_max: 443,
          remote_ip_prefix: '0.0.0.0/0',
        },
      },
      as: 'line_0',
    },
    {
      method: 'POST',
      path: '/v2.0/security-group-rules',
      body: {
        security_group_rule: {
          security_group_id: ID,
          protocol: 'udp',
          port_range_min: 8000,
          port_range_max: 8100,
          remote_group_id: 'W',
        },
      },
      as: 'line_1',
    },
    {
      method: 'PUT',
      path: '/v2.0/ports/P',
      body: { port: { security_groups: ['W', ID], 'binding:host_id': 'h1', name: null } },
    },
    { method: 'DELETE', path: '/v2.0/ports/P' },
  ]);
});

test('lines may name what lines above make', async () => {
  const text = `
changes:
  - create security_group: { name: ops }
  - create port: { name: ops-1, network: blue, security_groups: [ops], fixed_ips: [{ subnet: blue-4, ip_address: 10.0.0.9 }] }
  - update port ops-1: { description: a }
`;
  const changes = await resolved(text, { blue: ['N'], 'blue-4': ['S'] });
  assert.deepEqual(changes[1]?.body, {
    port: {
      name: 'ops-1',
      network_id: 'N',
      security_groups: ['$line_0'],
      fixed_ips: [{ subnet_id: 'S', ip_address: '10.0.0.9' }],
    },
  });
  assert.equal(changes[2]?.path, '/v2.0/ports/$line_1');
});

test('a mistake is told with its place', async () => {
  const mistakes: readonly (readonly [text: string, error: RegExp])[] = [
    ['', /^plan.yaml:1:1: a mapping with "changes:" is wanted/],
    ['change: []', /^plan.yaml:1:1: "change" is not known here/],
    ['changes: {}', /^plan.yaml:1:10: "changes" is a list/],
    ['changes:\n  - create port: {name: [}', /^plan.yaml:2:26: /],
    ['changes:\n  - port: web-3', /^plan.yaml:2:5: one of "create KIND/],
    ['changes:\n  - create prot: {}', /^plan.yaml:2:5: "prot" is no kind; kinds are network, /],
    ['changes:\n  - delete port:', /^plan.yaml:2:5: write "delete port: NAME"/],
    ['changes:\n  - update port: { name: a }', /^plan.yaml:2:5: write "update port NAME/],
    ['changes:\n  - create port: web', /^plan.yaml:2:18: attributes are wanted/],
    ['changes:\n  - delete port: nobody', /^plan.yaml:2:18: 0 of kind port have the name "nobody"/],
    ['changes:\n  - delete port: twin', /^plan.yaml:2:18: 2 of kind port have the name "twin"/],
    [
      'changes:\n  - create port: { name: one }\n  - delete port: one',
      /^plan.yaml:3:18: 2 of kind port have the name "one"/,
    ],
    [
      'changes:\n  - create security_group_rule:\n      security_group: one\n      port: 1-2-3',
      /^plan.yaml:4:13: "port" is a number or a range/,
    ],
  ];
  for (const [text, error] of mistakes)
    await assert.rejects(resolved(text, { twin: ['1', '2'], one: ['1'] }), { message: error }, text);
});
