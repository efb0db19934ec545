import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Model, weave } from '@netloom/core/compile/weave';
import { trace } from '@netloom/core/trace/trace';
import { loomWorld } from '@netloom/core/trace/world';
import { EMPTY_MODEL, firewallRule, group, host, network, port, rule } from '../compile/objects.ts';

const open = (direction: 'ingress' | 'egress') => rule(`open-${direction}`, 'open', { direction });

/** "out" on h1 and "in" on h2, open to all by their security group; "in" is behind a firewall. */
const MODEL: Model = {
  ...EMPTY_MODEL,
  networks: [network('net')],
  hosts: [host('h1', '192.0.2.1'), host('h2', '192.0.2.2')],
  ports: [
    port('out', 'net', { host: 'h1', ip: '10.0.0.1', mac: 'fa:16:3e:00:00:01', securityGroups: ['open'] }),
    port('in', 'net', { host: 'h2', ip: '10.0.0.2', mac: 'fa:16:3e:00:00:02', securityGroups: ['open'] }),
  ],
  securityGroups: [group('open')],
  securityGroupRules: [open('ingress'), open('egress')],
  firewallGroups: [{ id: 'wall', adminStateUp: true, ingressPolicy: 'web', egressPolicy: null }],
  firewallGroupPorts: [{ id: 'in', groupId: 'wall' }],
  firewallPolicies: [{ id: 'web', rules: ['no-8080', 'high', 'off'] }],
  firewallRules: [
    firewallRule('high', { protocol: 6, destinationPorts: [8000, 8999] }),
    firewallRule('no-8080', { protocol: 6, destinationPorts: [8080, 8080], action: 'deny' }),
    firewallRule('off', { enabled: false }),
  ],
};

function verdict(question: { from?: string; to?: string; port: number }, changes: Partial<Model> = {}): string {
  const world = loomWorld(weave({ ...MODEL, ...changes }));
  const { verdict: found, reason } = trace({ from: 'out', to: '10.0.0.2', protocol: 'tcp', ...question }, world);
  return reason === null ? found : `${reason.way} ${reason.code}`;
}

test('what a firewall group says in the model is what a trace through the hosts` tables gives', () => {
  assert.equal(verdict({ port: 8443 }), 'pass', 'and the reply without an egress policy');
  assert.equal(verdict({ port: 8080 }), 'there FIREWALL_DENIES');
  assert.equal(verdict({ port: 80 }), 'there FIREWALL_NO_MATCH', 'a disabled rule is none');
  assert.equal(verdict({ from: 'in', to: '10.0.0.1', port: 80 }), 'there FIREWALL_NO_MATCH', 'no policy, no traffic');
  assert.equal(verdict({ port: 8080 }, { firewallPolicies: [{ id: 'web', rules: ['high', 'no-8080'] }] }), 'pass');
  const down = MODEL.firewallGroups.map((one) => ({ ...one, adminStateUp: false }));
  assert.equal(verdict({ port: 8443 }, { firewallGroups: down }), 'there FIREWALL_NO_MATCH');
  assert.equal(verdict({ port: 80 }, { firewallGroupPorts: [] }), 'pass');
  assert.equal(
    verdict({ port: 80 }, { securityGroupRules: [open('egress')] }),
    'there FILTER_DENIES',
    'both must allow',
  );
});
