import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from '@netloom/api/client/connect';
import { credentialsFrom } from '@netloom/api/client/credentials';
import { startController } from '../../../test/support/controller-process.ts';
import { netloom } from './netloom.ts';

test('a plan shows rows on hosts and flows, and changes nothing', { timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netloom-plan-'));
  const controller = await startController(folder);
  t.after(async () => {
    await controller.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });
  const client = await connect(await credentialsFrom(controller.cloudsFile));
  await client.hosts.create({ name: 'h1', driver: 'bridge' });
  const network = await client.networks.create({ name: 'blue' });
  await client.subnets.create({ network_id: network.id, ip_version: 4, cidr: '10.20.0.0/24', enable_dhcp: false });
  const web = await client.securityGroups.create({ name: 'web' });
  const db = await client.securityGroups.create({ name: 'db' });
  for (const [name, group] of [
    ['web-1', web],
    ['web-2', web],
    ['db-1', db],
  ] as const)
    await client.ports.create({ name, network_id: network.id, 'binding:host_id': 'h1', security_groups: [group.id] });
  await client.securityGroupRules.create({
    security_group_id: web.id,
    direction: 'ingress',
    protocol: 'tcp',
    port_range_min: 22,
    port_range_max: 22,
  });
  const env = { OS_CLIENT_CONFIG_FILE: controller.cloudsFile, OS_CLOUD: 'netloom' };
  const file = join(folder, 'plan.yaml');
  const plan = (text: string, ...words: string[]) => {
    writeFileSync(file, text);
    return netloom(['plan', file, ...words], env);
  };

  const planned = await plan(`
changes:
  - create security_group_rule: { security_group: db, direction: ingress, protocol: tcp, port: 5432, remote_group: web }
  - delete security_group_rule: { security_group: web, direction: ingress, protocol: tcp, port: 22 }
  - update port web-2: { security_groups: [db] }
`);
  assert.equal(planned.code, 0, planned.stderr);
  assert.match(planned.stdout, /^on revision \d+:\n\nHOST {2}TABLE {8}ADD {2}UPDATE {2}REMOVE\n/);
  assert.match(planned.stdout, /\nh1 {4}filters {6}0 {4}2 {7}0\n/);
  assert.match(planned.stdout, /\nh1 {4}ports {8}0 {4}1 {7}0\n/);
  assert.deepEqual(
    planned.stdout.split('\n').filter((line) => /^[+-] /.test(line)),
    ['+ web -> db tcp/5432', '- any -> web tcp/22'],
  );

  const nothing = await plan('changes:\n  - update port web-1: { description: a }\n', '--json');
  assert.equal(nothing.code, 0, nothing.stderr);
  assert.deepEqual((JSON.parse(nothing.stdout) as { flows: unknown }).flows, { gained: [], lost: [] });

  const refused = await plan('changes:\n  - delete port: db-1\n  - delete security_group: web\n');
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /PLAN_REFUSED: \S+plan.yaml:3:5: the controller would refuse this with 409 SecurityGroupInUse: /,
  );
  const unknown = await plan('changes:\n  - delete port: nobody\n');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /PLAN_NAME: \S+plan.yaml:2:18: 0 of kind port have the name "nobody"/);
  assert.equal((await client.ports.list({ name: 'db-1' })).length, 1);
});
