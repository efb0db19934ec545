import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from '@netloom/api/client/connect';
import { credentialsFrom } from '@netloom/api/client/credentials';
import { startController } from '../../../test/support/controller-process.ts';
import { netloom } from './netloom.ts';

test('a running controller traces by id, name and address, and names the rule', { timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netloom-trace-'));
  const controller = await startController(folder);
  t.after(async () => {
    await controller.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });
  const client = await connect(await credentialsFrom(controller.cloudsFile));
  await client.hosts.create({ name: 'h1', driver: 'bridge' });
  const network = await client.networks.create({ name: 'blue' });
  const [subnet] = await client.subnets.createMany([
    { network_id: network.id, ip_version: 4, cidr: '10.20.0.0/24', enable_dhcp: false },
  ]);
  const group = await client.securityGroups.create({ name: 'served' });
  const rule = await client.securityGroupRules.create({
    security_group_id: group.id,
    direction: 'ingress',
    protocol: 'tcp',
    port_range_min: 80,
    port_range_max: 81,
  });
  const port = (name: string, ip: string) =>
    client.ports.create({
      ...{ name, network_id: network.id, 'binding:host_id': 'h1', security_groups: [group.id] },
      fixed_ips: [{ subnet_id: subnet?.id, ip_address: ip }],
    });
  const a = await port('a', '10.20.0.11');
  await port('b', '10.20.0.12');
  await port('twin', '10.20.0.13');
  await port('twin', '10.20.0.14');
  await client.realization({ waitSeconds: 10 });
  const env = { OS_CLIENT_CONFIG_FILE: controller.cloudsFile, OS_CLOUD: 'netloom' };
  const trace = (from: string, to: string, ...words: string[]) =>
    netloom(['trace', '--from', from, '--to', to, ...words], env);

  for (const [from, to] of [
    ['a', 'b'],
    [a.id, '10.20.0.12'],
    ['10.20.0.11', 'b'],
  ] as const) {
    const { code, stdout } = await trace(from, to, '--proto', 'tcp', '--dport', '81');
    assert.equal(code, 0, stdout);
    assert.match(stdout, new RegExp(`rule ${rule.id} of security group served lets tcp/81 into port b\n`));
  }
  const dropped = await trace('a', 'b', '--proto', 'tcp', '--dport', '82');
  assert.equal(dropped.code, 1);
  assert.match(
    dropped.stdout,
    /drop: FILTER_DENIES: no rule of security group served lets tcp\/82 from 10\.20\.0\.11 into port b\n/,
  );
  const spoofed = await trace('a', 'b', '--proto', 'tcp', '--dport', '81', '--source', '10.20.0.99');
  assert.match(
    spoofed.stdout,
    /drop: SPOOFED_SOURCE: port a may not send from 10\.20\.0\.99: port security allows 10\.20\.0\.11\n/,
  );
  const twins = await trace('a', 'twin');
  assert.equal(twins.code, 2);
  for (const words of [/2 ports have .* "twin"\n/, /: 10\.20\.0\.13\n/, /: 10\.20\.0\.14\n/])
    assert.match(twins.stderr, words);
  assert.equal((await trace('a', 'nobody')).code, 2);
});
