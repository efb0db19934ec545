import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCloud } from './cloud.ts';
import { mutate, randomNumbers } from './mutate.ts';

test('every way to name a user and a scope', async (t) => {
  const { send, member, asAdmin } = await openCloud(t);
  const { userId, projectId } = await member('demo');
  const reader = (await asAdmin('GET', '/v3/roles?name=reader')).body.roles[0].id;
  await asAdmin('PUT', `/v3/domains/default/users/${userId}/roles/${reader}`);
  const password = 'demo-pw';
  const users = [
    { id: userId, password },
    { id: userId, domain: { id: 'default' }, password },
    { name: 'demo', domain: { id: 'default' }, password },
    { name: 'demo', domain: { name: 'Default' }, password },
  ];
  const projects = [
    { id: projectId },
    { id: projectId, domain: { name: 'Default' } },
    { name: 'demo', domain: { id: 'default' } },
    { name: 'demo', domain: { name: 'Default' } },
  ];
  for (const user of users) {
    for (const project of projects) {
      const { status, body } = await send('POST', '/v3/auth/tokens', { body: login(user, { project }) });
      assert.equal(status, 201, JSON.stringify({ user, project }));
      assert.equal(body.token.project.id, projectId);
    }
  }
  const [user = {}] = users;
  for (const domain of [{ id: 'default' }, { name: 'Default' }]) {
    const { status, body } = await send('POST', '/v3/auth/tokens', { body: login(user, { domain }) });
    assert.equal(status, 201);
    assert.deepEqual(body.token.domain, { id: 'default', name: 'Default' });
    assert.deepEqual(body.token.roles.map(nameOf), ['reader']);
    assert.equal(body.token.project, undefined);
    assert.ok(body.token.catalog);
  }
  const nocatalog = await send('POST', '/v3/auth/tokens?nocatalog', { body: login(user, { project: projects[0] }) });
  assert.equal(nocatalog.body.token.catalog, undefined);
});

test('without a scope: the default project if it can be had, else none', async (t) => {
  const { send, member, asAdmin } = await openCloud(t);
  const { userId, projectId } = await member('demo');
  const { projectId: elsewhere } = await member('other');
  const user = { id: userId, password: 'demo-pw' };
  const unscoped = async (scope?: unknown) =>
    (await send('POST', '/v3/auth/tokens', { body: login(user, scope) })).body.token;

  const bare = await unscoped();
  assert.deepEqual(Object.keys(bare).sort(), ['audit_ids', 'expires_at', 'issued_at', 'methods', 'user']);
  await asAdmin('PATCH', `/v3/users/${userId}`, { user: { default_project_id: projectId } });
  assert.equal((await unscoped()).project.id, projectId);
  assert.equal((await unscoped('unscoped')).project, undefined);
  assert.equal((await unscoped({ unscoped: {} })).project, undefined);
  await asAdmin('PATCH', `/v3/users/${userId}`, { user: { default_project_id: elsewhere } });
  assert.equal((await unscoped()).project, undefined);
});

test('refusals: one text for all that could tell who exists, a clear one for the rest', async (t) => {
  const { send, member } = await openCloud(t);
  const { userId } = await member('demo');
  await member('other');
  const domain = { id: 'default' };
  const user = { id: userId, password: 'demo-pw' };
  const refused: [object, number, RegExp][] = [
    [login({ id: userId, password: 'wrong' }), 401, /^The request you have made requires authentication\.$/],
    [login({ id: 'nobody', password: 'x' }), 401, /^The request you have made requires authentication\.$/],
    [login({ name: 'nobody', domain, password: 'x' }), 401, /^The request you have made requires authentication\.$/],
    [login({ name: 'demo', domain: { id: 'no' }, password: 'demo-pw' }), 401, /^The request you have made/],
    [login(user, { project: { id: 'nothing' } }), 401, /^The request you have made/],
    [login(user, { project: { name: 'other', domain } }), 401, /^The request you have made/],
    [login(user, { domain }), 401, /^The request you have made/],
    [login(user, { system: { all: true } }), 401, /no system scope/],
    [login(user, { 'OS-TRUST:trust': { id: 'x' } }), 401, /no trusts/],
    [{ auth: { identity: { methods: ['totp'] } } }, 401, /unsupported method/],
    [{ auth: { identity: { methods: [] } } }, 401, /requires authentication/],
    [{ auth: { identity: { methods: ['token'], token: { id: 'x.y.z' } } } }, 401, /requires authentication/],
    [{}, 400, /^Expecting to find auth in request body\./],
    [{ auth: {} }, 400, /^Expecting to find identity in auth\./],
    [{ auth: { identity: {} } }, 400, /'identity\/methods'/],
    [{ auth: { identity: { methods: ['password'] } } }, 400, /^Expecting to find password in identity/],
    [login({ name: 'demo', password: 'x' }), 400, /^Expecting to find domain in user/],
    [login(user, { project: { name: 'demo' } }), 400, /^Expecting to find domain in project/],
    [login(user, { project: {} }), 400, /'scope\/project'/],
    [login(user, { project: { id: 'x' }, domain }), 400, /^Expecting to find system, project/],
    [login({ name: 'a\0', domain, password: 'x' }), 400, /cannot be stored/],
    [login({ id: 7, password: 'x' }), 400, /'identity\/password\/user\/id': 7 is not of type 'string'/],
  ];
  for (const [body, status, text] of refused) {
    const answer = await send('POST', '/v3/auth/tokens', { body });
    assert.equal(answer.status, status, JSON.stringify(body));
    assert.match(answer.body.error.message, text);
    assert.equal(answer.body.error.code, status);
    assert.equal(answer.headers['x-subject-token'], undefined);
    if (status === 401) assert.match(String(answer.headers['www-authenticate']), /^Keystone uri="/);
  }
});

test('an unknown user takes as long as a wrong password', async (t) => {
  const { send, member } = await openCloud(t);
  const { userId } = await member('demo');
  const time = async (id: string) => {
    const { user: before } = process.cpuUsage();
    for (let i = 0; i < 5; i++) await send('POST', '/v3/auth/tokens', { body: login({ id, password: 'wrong' }) });
    return process.cpuUsage().user - before;
  };
  await time(userId);
  const known = await time(userId);
  const unknown = await time('nobody');
  assert.ok(unknown > known / 2 && unknown < known * 2, `known ${known} us, unknown ${unknown} us of CPU`);
});

test('no body whatever makes a login answer 500', async (t) => {
  const { send, member } = await openCloud(t);
  const { token } = await member('demo');
  const random = randomNumbers(20_261_120);
  const valid = login({ name: 'demo', domain: { name: 'Default' }, password: 'no' }, { project: { id: 'x' } });
  const seen = new Set<number>();
  for (let round = 0; round < 400; round++) {
    const body = mutate(structuredClone(valid), random);
    const answer = await send('POST', '/v3/auth/tokens', { body: JSON.stringify(body) ?? 'undefined' });
    assert.ok([400, 401, 413].includes(answer.status), `${answer.status} for ${JSON.stringify(body)}`);
    assert.equal(answer.body.error.code, answer.status);
    seen.add(answer.status);
  }
  assert.ok(seen.has(400) && seen.has(401));
  for (const body of [
    '',
    '{',
    'null',
    '[]',
    '7',
    '"x"',
    '\0',
    '{"auth":1e999}',
    `{"auth":${'['.repeat(5000)}`,
    'x'.repeat(2e5),
  ]) {
    const answer = await send('POST', '/v3/auth/tokens', { body });
    assert.ok([400, 413].includes(answer.status), `${answer.status} for ${body.slice(0, 40)}`);
    const write = await send('POST', '/v3/users', { body, token });
    assert.ok([400, 403, 413].includes(write.status), `${write.status} for ${body.slice(0, 40)}`);
  }
});

function login(user: object, scope?: unknown): object {
  return { auth: { identity: { methods: ['password'], password: { user } }, ...(scope !== undefined && { scope }) } };
}

function nameOf({ name }: { name: string }): string {
  return name;
}
