import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { openCloud, PUBLIC_URL } from './cloud.ts';

const run = promisify(execFile);

function missing(): string | false {
  try {
    execFileSync('openstack', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'needs the openstack command: apt-get install python3-openstackclient';
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('the openstack command logs in with clouds.yaml and does an administrator’s work', {
  skip: missing(),
}, async (t) => {
  const port = await freePort();
  const { app, dataFolder } = await openCloud(t, { publicUrl: PUBLIC_URL.replace('5000', String(port)) });
  await app.listen({ host: '127.0.0.1', port });
  const environment = { PATH: process.env['PATH'] ?? '', HOME: dataFolder, LC_ALL: 'C.UTF-8' };
  const openstack = async (command: string, more: Readonly<Record<string, string>> = {}) => {
    const cloud = { OS_CLIENT_CONFIG_FILE: join(dataFolder, 'clouds.yaml'), OS_CLOUD: 'netloom' };
    const env = { ...environment, ...(Object.keys(more).length === 0 ? cloud : more) };
    const { stdout } = await run('openstack', command.split(' '), { env });
    return stdout.trim();
  };
  const json = async (command: string, more = {}) => JSON.parse(await openstack(`${command} -f json`, more));

  const token = await json('token issue');
  assert.match(token.id, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  const project = await json('project create --description shop --tag a web');
  assert.equal(project.name, 'web');
  const user = await json('user create --project web --password secret --email eve@example.org eve');
  assert.equal(user.default_project_id, project.id);
  assert.equal(user.email, 'eve@example.org');
  await openstack('role add --project web --user eve member');
  const users = await json('user list');
  assert.deepEqual(users.map(nameOf).sort(), ['admin', 'eve']);
  const assignments = await json('role assignment list --names --user eve');
  assert.deepEqual(
    assignments.map((row: Record<string, unknown>) => [row['Role'], row['User'], row['Project']]),
    [['member', 'eve@Default', 'web@Default']],
  );
  const catalog = await json('catalog list');
  assert.deepEqual(catalog.map((row: { Type: string }) => row.Type).sort(), ['identity', 'network']);
  assert.deepEqual((await json('endpoint list')).length, 6);
  assert.deepEqual((await json('project list')).map(nameOf).sort(), ['admin', 'web']);
  assert.equal((await json('role show member')).name, 'member');
  assert.equal((await json('domain show Default')).id, 'default');

  const eve = {
    OS_AUTH_URL: `http://127.0.0.1:${port}/identity`,
    OS_USERNAME: 'eve',
    OS_PASSWORD: 'secret',
    OS_PROJECT_NAME: 'web',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_ID: 'default',
    OS_IDENTITY_API_VERSION: '3',
  };
  assert.equal((await json('token issue', eve)).project_id, project.id);
  await assert.rejects(openstack('user list', eve), /identity:list_users|HTTP 403/);
  await openstack('user password set --original-password secret --password changed', eve);
  await assert.rejects(openstack('token issue', eve), /requires authentication/);
  assert.ok(await json('token issue', { ...eve, OS_PASSWORD: 'changed' }));

  await openstack('role remove --project web --user eve member');
  await openstack('user set --disable eve');
  await assert.rejects(openstack('token issue', { ...eve, OS_PASSWORD: 'changed' }), /requires authentication/);
  await openstack('user delete eve');
  await openstack('project delete web');
  await openstack(`token revoke ${token.id}`);
});

function nameOf({ Name }: { Name: string }): string {
  return Name;
}
