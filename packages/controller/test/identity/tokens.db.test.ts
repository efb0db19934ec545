import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openIdentity } from '../../src/identity/service.ts';
import { openStore } from '../../src/store/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { type Cloud, openCloud, passwordLogin } from './cloud.ts';

const DAY = 86_400_000;

test('a token lasts a day and not a second longer', async (t) => {
  const { service, clock, member, send, adminToken } = await openCloud(t);
  const { token } = await member('demo');
  clock.offset = DAY - 2_000;
  assert.equal((await service.authenticate(token))?.userName, 'demo');
  clock.offset = DAY + 1_000;
  assert.equal(await service.authenticate(token), undefined);
  assert.equal((await send('GET', '/v3/auth/projects', { token: adminToken })).status, 401);
});

test('a token changed anywhere, or signed by another installation, is void', async (t) => {
  const { service, store, adminToken } = await openCloud(t);
  for (let at = 0; at < adminToken.length; at += 7) {
    // The last character of a base64url group may carry bits that do not count, so the change must not be the next letter.
    const other = adminToken[at] === 'A' ? 'z' : 'A';
    const forged = adminToken.slice(0, at) + other + adminToken.slice(at + 1);
    assert.equal(await service.authenticate(forged), undefined, `position ${at}`);
  }
  const [header = '', payload = '', signature = ''] = adminToken.split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  for (const forged of [
    `${none}.${payload}.`,
    `${header}.${payload}.`,
    `${header}.${payload}`,
    '',
    '..',
    'x'.repeat(1e5),
  ]) {
    assert.equal(await service.authenticate(forged), undefined);
  }
  assert.ok(signature.length > 40);
  await using foreign = await openIdentity({ store, secret: new Uint8Array(32).fill(7) });
  assert.equal(await foreign.authenticate(adminToken), undefined);
});

test('a revoked token is void, and so is one made from it; others of the same user live on', async (t) => {
  const { service, send, member, adminToken } = await openCloud(t);
  const { token, name } = await member('demo');
  const made = await send('POST', '/v3/auth/tokens', { body: tokenLogin(token) });
  const derived = String(made.headers['x-subject-token']);
  const again = await send('POST', '/v3/auth/tokens', { body: passwordLogin(name, 'demo-pw') });
  const other = String(again.headers['x-subject-token']);
  assert.deepEqual(made.body.token.methods.toSorted(), ['password', 'token']);
  assert.equal(made.body.token.audit_ids.length, 2);

  assert.equal((await send('DELETE', '/v3/auth/tokens', { token, subject: token })).status, 204);
  assert.equal(await service.authenticate(token), undefined);
  assert.equal(await service.authenticate(derived), undefined);
  assert.ok(await service.authenticate(other));
  const answer = await send('GET', '/v3/auth/tokens', { token: adminToken, subject: token });
  assert.equal(answer.status, 404);
  assert.equal(answer.body.error.code, 404);
});

test('a token made from a token does not outlive it', async (t) => {
  const { send, clock, member } = await openCloud(t);
  const { token } = await member('demo');
  const first = (await send('GET', '/v3/auth/tokens', { token, subject: token })).body.token;
  clock.offset = DAY / 2;
  const second = (await send('POST', '/v3/auth/tokens', { body: tokenLogin(token) })).body.token;
  assert.equal(second.expires_at, first.expires_at);
  assert.notEqual(second.issued_at, first.issued_at);
});

test('what voids tokens: a new password, disabling, losing the last role, deletion', async (t) => {
  const { service, asAdmin, member, send } = await openCloud(t);
  const changed = await member('changed');
  await asAdmin('PATCH', `/v3/users/${changed.userId}`, { user: { password: 'new' } });
  assert.equal(await service.authenticate(changed.token), undefined);

  const own = await member('own');
  const body = { user: { original_password: 'own-pw', password: 'mine' } };
  assert.equal((await send('POST', `/v3/users/${own.userId}/password`, { body })).status, 204);
  assert.equal(await service.authenticate(own.token), undefined);
  assert.equal((await send('POST', `/v3/users/${own.userId}/password`, { body })).status, 401);

  const disabled = await member('disabled');
  await asAdmin('PATCH', `/v3/users/${disabled.userId}`, { user: { enabled: false } });
  assert.equal(await service.authenticate(disabled.token), undefined);
  const login = passwordLogin('disabled', 'disabled-pw');
  assert.equal((await send('POST', '/v3/auth/tokens', { body: login })).status, 401);
  await asAdmin('PATCH', `/v3/users/${disabled.userId}`, { user: { enabled: true } });
  assert.equal(
    await service.authenticate(disabled.token),
    undefined,
    'a token stays void when its user is enabled again',
  );
  assert.equal((await send('POST', '/v3/auth/tokens', { body: login })).status, 201);

  const stripped = await member('stripped', ['member', 'admin']);
  const roles = (await asAdmin('GET', '/v3/roles')).body.roles as { id: string; name: string }[];
  const idOf = (name: string) => roles.find((role) => role.name === name)?.id;
  const grants = `/v3/projects/${stripped.projectId}/users/${stripped.userId}/roles`;
  assert.equal((await service.authenticate(stripped.token))?.isAdmin, true);
  await asAdmin('DELETE', `${grants}/${idOf('admin')}`);
  assert.deepEqual([...((await service.authenticate(stripped.token))?.roles ?? [])].sort(), ['member', 'reader']);
  await asAdmin('DELETE', `${grants}/${idOf('member')}`);
  assert.equal(await service.authenticate(stripped.token), undefined);

  const closed = await member('closed');
  await asAdmin('PATCH', `/v3/projects/${closed.projectId}`, { project: { enabled: false } });
  assert.equal(await service.authenticate(closed.token), undefined);

  const deleted = await member('deleted');
  await asAdmin('DELETE', `/v3/users/${deleted.userId}`);
  assert.equal(await service.authenticate(deleted.token), undefined);

  const homeless = await member('homeless');
  await asAdmin('DELETE', `/v3/projects/${homeless.projectId}`);
  assert.equal(await service.authenticate(homeless.token), undefined);
});

test('a caller is what its token says', async (t) => {
  const { service, adminToken, member } = await openCloud(t);
  const { token, userId, projectId } = await member('demo');
  const caller = await service.authenticate(token);
  assert.deepEqual(caller, {
    userId,
    userName: 'demo',
    projectId,
    roles: new Set(['member', 'reader']),
    isAdmin: false,
  });
  assert.equal((await service.authenticate(adminToken))?.isAdmin, true);
});

test('authenticating a known token asks the database nothing', async (t) => {
  const cloud = await openCloud(t);
  const { token } = await cloud.member('demo');
  const counted = countQueries(cloud.store);
  await using service = await openIdentity({ store: counted.store, secret: cloud.secret });
  assert.ok(await service.authenticate(token));
  const before = counted.queries();
  for (let i = 0; i < 1_000; i++) assert.ok(await service.authenticate(token));
  assert.equal(counted.queries(), before);
});

test('another controller’s revocation takes effect within milliseconds', async (t) => {
  const cloud = await openCloud(t);
  const store = await openStore({ url: cloud.url });
  await using other = await openIdentity({ store, secret: cloud.secret });
  try {
    const { token } = await cloud.member('demo');
    assert.ok(await other.authenticate(token));
    await cloud.send('DELETE', '/v3/auth/tokens', { token, subject: token });
    const started = performance.now();
    while ((await other.authenticate(token)) !== undefined) {
      assert.ok(performance.now() - started < 1_000, 'still valid after a second');
      await sleep(1);
    }
  } finally {
    await store.close();
  }
});

test('a user made a moment ago on another controller logs in here, however late the notifications are', async (t) => {
  const cloud = await openCloud(t);
  await using late = await openIdentity({ store: withLateNotifications(cloud.store, 300), secret: cloud.secret });
  const { token, userId } = await cloud.member('demo');
  assert.equal((await late.authenticate(token))?.userId, userId);
  await cloud.member('second');
  assert.equal((await late.issue(passwordLogin('second', 'second-pw', 'second'))).view.project?.row.name, 'second');
});

test('what was revoked while notifications were cut off is known once they are back', async (t) => {
  const cloud = await openCloud(t);
  const { token } = await cloud.member('demo');
  const store = await openStore({ url: cloud.url });
  await using other = await openIdentity({ store, secret: cloud.secret });
  try {
    assert.ok(await other.authenticate(token));
    await cutListeners(cloud, token);
    const started = performance.now();
    while ((await other.authenticate(token)) !== undefined) {
      assert.ok(performance.now() - started < 10_000, 'still valid after ten seconds');
      await sleep(10);
    }
    await cloud.service.write(async () => {});
  } finally {
    await store.close();
  }
});

/** Ends every listening session and revokes in the same transaction, so that no notification of it can arrive. */
async function cutListeners({ store, service }: Cloud, token: string): Promise<void> {
  const view = await service.inspect(token);
  assert.ok(view);
  await store.transaction(async (tx) => {
    await tx.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()`);
    await tx.query(`INSERT INTO identity_revocations VALUES ($1, now() + interval '1 day')`, [view.claims.auditId]);
  });
}

function withLateNotifications(store: Store, milliseconds: number): Store {
  return {
    ...store,
    listen: (channel, callback) => store.listen(channel, (payload) => void setTimeout(callback, milliseconds, payload)),
  };
}

function countQueries(store: Store): { store: Store; queries(): number } {
  let queries = 0;
  const counting: Store = {
    ...store,
    query: (text, values) => {
      queries += 1;
      return store.query(text, values);
    },
    transaction: (work) => {
      queries += 1;
      return store.transaction(work);
    },
  };
  return { store: counting, queries: () => queries };
}

function tokenLogin(id: string): object {
  return { auth: { identity: { methods: ['token'], token: { id } } } };
}
