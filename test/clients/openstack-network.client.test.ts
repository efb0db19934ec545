import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startController } from '../support/controller-process.ts';

const run = promisify(execFile);

test('the openstack command weaves a network: create, show, list, set, delete', { timeout: 180_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netloom-client-'));
  const controller = await startController(folder);
  t.after(async () => {
    await controller.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });
  const env = { ...process.env, OS_CLIENT_CONFIG_FILE: controller.cloudsFile, OS_CLOUD: 'netloom' };
  const openstack = async (...words: string[]): Promise<string> => (await run('openstack', words, { env })).stdout;
  const json = async (...words: string[]) => JSON.parse(await openstack(...words, '-f', 'json')) as never;

  const network: Record<string, unknown> = await json('network', 'create', 'blue', '--mtu', '1400');
  assert.equal(network['name'], 'blue');
  assert.equal(network['mtu'], 1400);
  assert.equal(network['provider:network_type'], 'vxlan');

  const range = ['--subnet-range', '10.20.0.0/24', '--gateway', '10.20.0.254', '--dns-nameserver', '192.0.2.53'];
  const subnet: Record<string, unknown> = await json('subnet', 'create', 'blue-v4', '--network', 'blue', ...range);
  assert.equal(subnet['gateway_ip'], '10.20.0.254');
  assert.deepEqual(subnet['allocation_pools'], [{ start: '10.20.0.1', end: '10.20.0.253' }]);

  const address = ['--fixed-ip', 'subnet=blue-v4,ip-address=10.20.0.77'];
  const port: Record<string, unknown> = await json('port', 'create', 'p1', '--network', 'blue', ...address);
  assert.deepEqual(port['fixed_ips'], [{ subnet_id: subnet['id'], ip_address: '10.20.0.77' }]);
  assert.equal(port['status'], 'DOWN');

  await openstack('port', 'set', 'p1', '--description', 'changed', '--name', 'p2');
  const shown: Record<string, unknown> = await json('port', 'show', 'p2');
  assert.equal(shown['description'], 'changed');
  assert.equal(shown['id'], port['id']);

  const listed: Record<string, unknown>[] = await json('port', 'list', '--network', 'blue');
  assert.deepEqual(
    listed.map((row) => row['ID']),
    [port['id']],
  );

  await assert.rejects(openstack('network', 'delete', 'blue'), /ConflictException|in use/);
  await openstack('port', 'delete', 'p2');
  await openstack('network', 'delete', 'blue');
  assert.deepEqual(await json('network', 'list'), []);
});
