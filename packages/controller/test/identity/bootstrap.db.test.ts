import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { credentialsFrom } from '@netloom/api/client/credentials';
import { bootstrapIdentity, resetAdminPassword } from '../../src/identity/bootstrap.ts';
import { testDatabase } from '../support/database.ts';
import { openCloud, PUBLIC_URL, passwordLogin } from './cloud.ts';

const run = promisify(execFile);

test('clouds.yaml holds credentials that work, for its owner only', async (t) => {
  const { dataFolder, send } = await openCloud(t);
  const file = join(dataFolder, 'clouds.yaml');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(dataFolder), ['clouds.yaml']);
  assert.match(await readFile(file, 'utf8'), /^ {4}identity_api_version: 3$/m);
  const { authUrl, username, password, projectName } = await credentialsFrom(file);
  assert.equal(authUrl, `${PUBLIC_URL}/identity/v3`);
  assert.equal(
    (await send('POST', '/v3/auth/tokens', { body: passwordLogin(username, password, projectName) })).status,
    201,
  );
});

test('a second start keeps a changed password and follows a changed address', async (t) => {
  const { store, dataFolder, send, asAdmin, password, adminToken, service } = await openCloud(t);
  const { user } = (await send('GET', '/v3/auth/tokens', { token: adminToken, subject: adminToken })).body.token;
  const own = { service_id: '', interface: 'public', region_id: 'RegionOne', url: 'http://elsewhere' };
  const [network] = (await asAdmin('GET', '/v3/services?type=network')).body.services;
  await asAdmin('POST', '/v3/endpoints', { endpoint: { ...own, service_id: network.id } });
  await asAdmin('PATCH', `/v3/users/${user.id}`, { user: { password: 'chosen' } });

  const publicUrl = 'https://netloom.example.org';
  assert.deepEqual(await bootstrapIdentity({ store, dataFolder, publicUrl }), {});
  const { body } = await send('POST', '/v3/auth/tokens', { body: passwordLogin('admin', 'chosen', 'admin') });
  await service.write(async () => {});
  const urls = new Set<string>();
  for (const { endpoints } of body.token.catalog) for (const { url } of endpoints) urls.add(url);
  assert.deepEqual([...urls].sort(), ['http://elsewhere', publicUrl, `${publicUrl}/identity/v3`]);
  const credentials = await credentialsFrom(join(dataFolder, 'clouds.yaml'));
  assert.equal(credentials.authUrl, `${publicUrl}/identity/v3`);
  assert.equal(credentials.password, password, 'the file is the operator’s to change');
});

test('a lost password is reset: the new one works, old tokens are void, a disabled admin is back', async (t) => {
  const { store, dataFolder, send, service, adminToken, password } = await openCloud(t);
  await store.query(`UPDATE identity_users SET enabled = false WHERE name = 'admin'`);
  await store.query('DELETE FROM identity_assignments');
  const fresh = await resetAdminPassword({ store, dataFolder, publicUrl: PUBLIC_URL });
  assert.notEqual(fresh, password);
  const login = await send('POST', '/v3/auth/tokens', { body: passwordLogin('admin', fresh, 'admin') });
  assert.equal(login.status, 201);
  assert.equal(await service.authenticate(adminToken), undefined);
  assert.equal((await send('POST', '/v3/auth/tokens', { body: passwordLogin('admin', password) })).status, 401);
  assert.equal((await credentialsFrom(join(dataFolder, 'clouds.yaml'))).password, fresh);
  await store.query('DELETE FROM identity_users');
  await assert.rejects(resetAdminPassword({ store, dataFolder, publicUrl: PUBLIC_URL }), { code: 'ADMIN_MISSING' });
});

test('of eight bootstraps at the same instant, one creates the admin and none fails', async (t) => {
  const { store } = await testDatabase(t);
  const folder = await mkdtemp(join(tmpdir(), 'netloom-bootstrap-'));
  t.after(() => rm(folder, { recursive: true }));
  const results = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      bootstrapIdentity({ store, dataFolder: join(folder, String(index)), publicUrl: PUBLIC_URL }),
    ),
  );
  assert.equal(results.filter(({ password }) => password !== undefined).length, 1);
  assert.equal((await readdir(folder)).length, 1);
});

test('of several processes that start on an empty database, one creates the admin', async (t) => {
  const { store, url } = await testDatabase(t);
  const folder = await mkdtemp(join(tmpdir(), 'netloom-bootstrap-'));
  t.after(() => rm(folder, { recursive: true }));
  const program = fileURLToPath(new URL('bootstrap-once.ts', import.meta.url));
  const outputs = await Promise.all(
    ['a', 'b', 'c'].map((name) => run(process.execPath, [program, url, join(folder, name)])),
  );
  const passwords = outputs.flatMap(({ stdout }) => JSON.parse(stdout).password ?? []);
  assert.equal(passwords.length, 1);
  const [users, roles] = await Promise.all([
    store.query('SELECT id FROM identity_users'),
    store.query('SELECT id FROM identity_roles'),
  ]);
  assert.equal(users.length, 1);
  assert.equal(roles.length, 8);
  assert.equal((await readdir(folder)).length, 1, 'only the creator writes credentials');
});

test('a crash before the commit leaves nothing that a second start does not mend', async (t) => {
  const { store } = await testDatabase(t);
  const dataFolder = await mkdtemp(join(tmpdir(), 'netloom-bootstrap-'));
  t.after(() => rm(dataFolder, { recursive: true }));
  const broken = join(dataFolder, 'clouds.yaml', 'not-a-folder');
  await bootstrapIdentity({ store, dataFolder, publicUrl: PUBLIC_URL }).then(() =>
    store.query('DELETE FROM identity_domains'),
  );
  await store.query('DELETE FROM identity_roles');
  await store.query('DELETE FROM identity_endpoints');
  await store.query('DELETE FROM identity_regions');
  await assert.rejects(bootstrapIdentity({ store, dataFolder: broken, publicUrl: PUBLIC_URL }));
  assert.deepEqual(await store.query('SELECT id FROM identity_domains'), []);
  const { password } = await bootstrapIdentity({ store, dataFolder, publicUrl: PUBLIC_URL });
  assert.ok(password);
});
