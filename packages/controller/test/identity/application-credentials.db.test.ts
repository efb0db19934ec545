import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCloud, passwordLogin } from './cloud.ts';

type Cloud = Awaited<ReturnType<typeof openCloud>>;
type Member = Awaited<ReturnType<Cloud['member']>>;

function login(credential: object, scope?: object): object {
  const identity = { methods: ['application_credential'], application_credential: credential };
  return { auth: { identity, ...(scope && { scope }) } };
}

async function make({ send }: Cloud, member: Member, attributes: object) {
  return send('POST', `/v3/users/${member.userId}/application_credentials`, {
    token: member.token,
    body: { application_credential: attributes },
  });
}

test('a user makes an application credential, logs in with it, and takes it away', async (t) => {
  const cloud = await openCloud(t);
  const { send, service, asAdmin } = cloud;
  const jo = await cloud.member('jo');
  const path = `/v3/users/${jo.userId}/application_credentials`;
  const made = await make(cloud, jo, { name: 'robot', description: 'd', roles: [{ name: 'reader' }] });
  assert.equal(made.status, 201);
  const { id, secret, ...shown } = made.body.application_credential;
  assert.ok(secret.length > 40);
  assert.deepEqual(Object.keys(shown).sort(), [
    'description',
    'expires_at',
    'links',
    'name',
    'project_id',
    'roles',
    'unrestricted',
    'user_id',
  ]);
  assert.equal(shown.project_id, jo.projectId);
  assert.deepEqual(
    shown.roles.map(({ name }: { name: string }) => name),
    ['reader'],
  );

  const answer = await send('POST', '/v3/auth/tokens', { body: login({ id, secret }) });
  assert.equal(answer.status, 201);
  const { token } = answer.body;
  assert.deepEqual(token.methods, ['application_credential']);
  assert.deepEqual(token.application_credential, { id, name: 'robot', restricted: true });
  assert.equal(token.project.id, jo.projectId);
  assert.deepEqual(
    token.roles.map(({ name }: { name: string }) => name),
    ['reader'],
  );
  const text = String(answer.headers['x-subject-token']);
  assert.deepEqual([...((await service.authenticate(text))?.roles ?? [])], ['reader']);
  const byName = { name: 'robot', secret, user: { name: 'jo', domain: { id: 'default' } } };
  assert.equal((await send('POST', '/v3/auth/tokens', { body: login(byName) })).status, 201);

  const listed = await send('GET', `${path}?name=robot`, { token: jo.token });
  assert.deepEqual(listed.body.application_credentials, [{ ...shown, id }]);
  assert.deepEqual((await asAdmin('GET', `${path}/${id}`)).body.application_credential, { ...shown, id });
  assert.deepEqual((await send('GET', `${path}?name=other`, { token: jo.token })).body.application_credentials, []);

  assert.equal((await send('DELETE', `${path}/${id}`, { token: jo.token })).status, 204);
  assert.equal(await service.authenticate(text), undefined);
  assert.equal((await send('POST', '/v3/auth/tokens', { body: login({ id, secret }) })).status, 401);
  assert.equal((await send('GET', `${path}/${id}`, { token: jo.token })).status, 404);
});

test('an application credential gives no more than its user has', async (t) => {
  const cloud = await openCloud(t);
  const { send, asAdmin, service } = cloud;
  const jo = await cloud.member('jo');
  const eve = await cloud.member('eve');
  const more = await make(cloud, jo, { name: 'more', roles: [{ name: 'admin' }] });
  assert.equal(more.status, 400);
  assert.match(more.body.error.message, /unassigned role/);
  const { id, secret } = (await make(cloud, jo, { name: 'all' })).body.application_credential;
  const path = `/v3/users/${jo.userId}/application_credentials`;
  // Nobody else makes, sees or takes away what is hers.
  const stranger = { token: eve.token, body: { application_credential: { name: 'x' } } };
  assert.equal((await send('POST', path, stranger)).status, 403);
  assert.equal((await send('GET', path, { token: eve.token })).status, 403);
  assert.equal((await send('DELETE', `${path}/${id}`, { token: eve.token })).status, 403);
  assert.equal((await asAdmin('POST', path, { application_credential: { name: 'x' } })).status, 403);

  const answer = await send('POST', '/v3/auth/tokens', { body: login({ id, secret }) });
  const token = String(answer.headers['x-subject-token']);
  const { roles } = (await asAdmin('GET', '/v3/roles?name=member')).body;
  const grant = `/v3/projects/${jo.projectId}/users/${jo.userId}/roles/${roles[0].id}`;
  await asAdmin('DELETE', grant);
  assert.equal(await service.authenticate(token), undefined);
  await asAdmin('PUT', grant);
  assert.ok(await service.authenticate(token));
  await asAdmin('PATCH', `/v3/users/${jo.userId}`, { user: { enabled: false } });
  assert.equal(await service.authenticate(token), undefined);
  assert.equal((await send('POST', '/v3/auth/tokens', { body: login({ id, secret }) })).status, 401);
});

test('a token of an application credential stays in its project, and makes no other ones', async (t) => {
  const cloud = await openCloud(t);
  const { send } = cloud;
  const jo = await cloud.member('jo');
  const { id, secret } = (await make(cloud, jo, { name: 'tight' })).body.application_credential;
  const scope = { project: { id: jo.projectId } };
  assert.equal((await send('POST', '/v3/auth/tokens', { body: login({ id, secret }, scope) })).status, 401);
  const first = await send('POST', '/v3/auth/tokens', { body: login({ id, secret }) });
  const token = String(first.headers['x-subject-token']);
  const fromToken = { methods: ['token'], token: { id: token } };
  assert.equal((await send('POST', '/v3/auth/tokens', { body: { auth: { identity: fromToken, scope } } })).status, 403);
  const again = await send('POST', '/v3/auth/tokens', { body: { auth: { identity: fromToken } } });
  assert.equal(again.status, 201);
  assert.equal(again.body.token.application_credential.id, id);
  const refused = await make(cloud, { ...jo, token }, { name: 'another' });
  assert.equal(refused.status, 403);
  const { application_credential: wide } = (await make(cloud, jo, { name: 'wide', unrestricted: true })).body;
  const free = await send('POST', '/v3/auth/tokens', { body: login({ id: wide.id, secret: wide.secret }) });
  const freeToken = String(free.headers['x-subject-token']);
  assert.equal(free.body.token.application_credential.restricted, false);
  assert.equal((await make(cloud, { ...jo, token: freeToken }, { name: 'another' })).status, 201);
});

test('an application credential ends when it was told to', async (t) => {
  const cloud = await openCloud(t);
  const { send, clock, service } = cloud;
  const jo = await cloud.member('jo');
  const soon = new Date(Date.now() + 60_000).toISOString().replace('Z', '');
  const { id, secret, expires_at } = (await make(cloud, jo, { name: 'brief', expires_at: soon })).body
    .application_credential;
  assert.equal(expires_at, `${soon}000`);
  const answer = await send('POST', '/v3/auth/tokens', { body: login({ id, secret }) });
  assert.ok(Date.parse(answer.body.token.expires_at) <= Date.parse(`${soon}Z`));
  clock.offset = 61_000;
  assert.equal(await service.authenticate(String(answer.headers['x-subject-token'])), undefined);
  assert.equal((await send('POST', '/v3/auth/tokens', { body: login({ id, secret }) })).status, 401);
});

test('what is no application credential is refused in words', async (t) => {
  const cloud = await openCloud(t);
  const { send } = cloud;
  const jo = await cloud.member('jo');
  const odd = [
    {},
    { name: '' },
    { name: 1 },
    { name: 'x', secret: 1 },
    { name: 'x', secret: '' },
    { name: 'x', expires_at: 'soon' },
    { name: 'x', expires_at: '2001-01-01T00:00:00Z' },
    { name: 'x', roles: 'member' },
    { name: 'x', roles: [{}] },
    { name: 'x', roles: [{ id: 'nope' }] },
    { name: 'x', unrestricted: 'yes' },
    { name: 'x', access_rules: [{ path: '/' }] },
    { name: 'x', description: [] },
  ];
  for (const attributes of odd) {
    const { status, body } = await make(cloud, jo, attributes);
    assert.equal(status, 400, JSON.stringify(attributes));
    assert.equal(typeof body.error.message, 'string');
  }
  assert.equal((await make(cloud, jo, { name: 'x', secret: 's' })).status, 201);
  assert.equal((await make(cloud, jo, { name: 'x', secret: 's' })).status, 409);
  for (const credential of [
    {},
    { id: 'nope', secret: 's' },
    { name: 'x', secret: 's' },
    { id: 1, secret: 's' },
    null,
  ]) {
    const { status } = await send('POST', '/v3/auth/tokens', { body: login(credential as object) });
    assert.ok(status === 400 || status === 401, JSON.stringify(credential));
  }
  const wrong = { name: 'x', secret: 'wrong', user: { id: jo.userId } };
  assert.equal((await send('POST', '/v3/auth/tokens', { body: login(wrong) })).status, 401);
  const both = passwordLogin('jo', 'jo-pw') as { auth: { identity: { methods: string[] } } };
  both.auth.identity.methods.push('application_credential');
  assert.equal((await send('POST', '/v3/auth/tokens', { body: both })).status, 400);
});
