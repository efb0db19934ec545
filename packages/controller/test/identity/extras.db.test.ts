import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCloud } from './cloud.ts';

test('which roles imply which: listed, made, asked for, taken away', async (t) => {
  const { asAdmin, member, send } = await openCloud(t);
  const { role_inferences: before } = (await asAdmin('GET', '/v3/role_inferences')).body;
  const names = before.map((one: { prior_role: { name: string }; implies: { name: string }[] }) => [
    one.prior_role.name,
    one.implies.map(({ name }) => name),
  ]);
  assert.deepEqual(names.sort(), [
    ['admin', ['member']],
    ['member', ['reader']],
  ]);
  const { role: tester } = (await asAdmin('POST', '/v3/roles', { role: { name: 'tester' } })).body;
  const { roles } = (await asAdmin('GET', '/v3/roles')).body;
  const idOf = (name: string): string => roles.find((one: { name: string }) => one.name === name).id;
  const path = `/v3/roles/${tester.id}/implies`;
  assert.equal((await asAdmin('PUT', `${path}/${idOf('reader')}`)).status, 201);
  assert.equal((await asAdmin('PUT', `${path}/${idOf('admin')}`)).status, 403);
  assert.equal((await asAdmin('GET', `${path}/${idOf('reader')}`)).body.role_inference.implies.name, 'reader');
  assert.equal((await asAdmin('HEAD', `${path}/${idOf('reader')}`)).status, 204);
  assert.deepEqual(
    (await asAdmin('GET', path)).body.role_inference.implies.map(({ name }: { name: string }) => name),
    ['reader'],
  );
  const jo = await member('jo', ['tester']);
  const validated = await send('GET', '/v3/auth/tokens', { token: jo.token, subject: jo.token });
  assert.equal(validated.body.token.roles.length, 2);
  assert.equal((await send('GET', '/v3/role_inferences', { token: jo.token })).status, 403);
  assert.equal((await asAdmin('DELETE', `${path}/${idOf('reader')}`)).status, 204);
  assert.equal((await asAdmin('DELETE', `${path}/${idOf('reader')}`)).status, 404);
  assert.equal((await asAdmin('GET', `/v3/roles/nope/implies`)).status, 404);
});

test('a role of a group is held by whoever is in it', async (t) => {
  const { asAdmin, member, send } = await openCloud(t);
  const jo = await member('jo');
  const { group } = (await asAdmin('POST', '/v3/groups', { group: { name: 'crew' } })).body;
  const { role } = (await asAdmin('POST', '/v3/roles', { role: { name: 'tester' } })).body;
  const { project } = (await asAdmin('POST', '/v3/projects', { project: { name: 'away' } })).body;
  const grant = `/v3/projects/${project.id}/groups/${group.id}/roles`;
  const membership = `/v3/groups/${group.id}/users/${jo.userId}`;
  assert.equal((await asAdmin('HEAD', `${grant}/${role.id}`)).status, 404);
  assert.equal((await asAdmin('PUT', `${grant}/${role.id}`)).status, 204);
  assert.equal((await asAdmin('HEAD', `${grant}/${role.id}`)).status, 204);
  assert.deepEqual(
    (await asAdmin('GET', grant)).body.roles.map((one: { name: string }) => one.name),
    ['tester'],
  );
  assert.equal((await send('PUT', `${grant}/${role.id}`, { token: jo.token })).status, 403);
  assert.equal((await asAdmin('PUT', `/v3/projects/${project.id}/groups/nope/roles/${role.id}`)).status, 404);

  const projects = async () =>
    (await send('GET', '/v3/auth/projects', { token: jo.token })).body.projects.map((one: { id: string }) => one.id);
  const auth = {
    identity: { methods: ['token'], token: { id: jo.token } },
    scope: { project: { id: project.id } },
  };
  const rescoped = () => send('POST', '/v3/auth/tokens', { body: { auth } });
  assert.equal((await rescoped()).status, 401);
  assert.equal((await asAdmin('PUT', membership)).status, 204);
  assert.ok((await projects()).includes(project.id));
  const { status, body } = await rescoped();
  assert.equal(status, 201);
  assert.deepEqual(
    body.token.roles.map((one: { name: string }) => one.name),
    ['tester'],
  );

  const assigned = async (query: string) =>
    (await asAdmin('GET', `/v3/role_assignments?scope.project.id=${project.id}&${query}`)).body.role_assignments;
  const [given] = await assigned(`group.id=${group.id}&include_names=true`);
  assert.deepEqual([given.group.name, given.user, given.role.name], ['crew', undefined, 'tester']);
  assert.deepEqual(await assigned(`user.id=${jo.userId}`), []);
  const [effective] = await assigned(`user.id=${jo.userId}&effective`);
  assert.deepEqual([effective.user.id, effective.group], [jo.userId, undefined]);
  assert.ok(effective.links.membership.endsWith(membership));

  assert.equal((await asAdmin('DELETE', `/v3/groups/${group.id}`)).status, 204);
  assert.equal((await rescoped()).status, 401);
  assert.ok(!(await projects()).includes(project.id));
});

test('groups: made, filled, emptied', async (t) => {
  const { asAdmin, member, send } = await openCloud(t);
  const jo = await member('jo');
  const made = await asAdmin('POST', '/v3/groups', { group: { name: 'crew', description: 'd' } });
  assert.equal(made.status, 201);
  const { id } = made.body.group;
  const path = `/v3/groups/${id}/users/${jo.userId}`;
  assert.equal((await asAdmin('HEAD', path)).status, 404);
  assert.equal((await asAdmin('PUT', path)).status, 204);
  assert.equal((await asAdmin('HEAD', path)).status, 204);
  assert.deepEqual(
    (await asAdmin('GET', `/v3/groups/${id}/users`)).body.users.map((one: { id: string }) => one.id),
    [jo.userId],
  );
  const own = await send('GET', `/v3/users/${jo.userId}/groups`, { token: jo.token });
  assert.equal(own.body.groups[0].name, 'crew');
  assert.equal((await send('GET', '/v3/groups', { token: jo.token })).status, 403);
  assert.equal((await asAdmin('PUT', `/v3/groups/nope/users/${jo.userId}`)).status, 404);
  assert.equal((await asAdmin('DELETE', path)).status, 204);
  assert.equal((await asAdmin('DELETE', path)).status, 404);
  assert.equal((await asAdmin('POST', '/v3/groups', { group: { name: 'crew' } })).status, 409);
  assert.equal((await asAdmin('DELETE', `/v3/groups/${id}`)).status, 204);
});

test('limits: a registered default, and one project that may have more', async (t) => {
  const { asAdmin, member, send } = await openCloud(t);
  const jo = await member('jo');
  const { services } = (await asAdmin('GET', '/v3/services?type=network')).body;
  const of = { service_id: services[0].id, region_id: 'RegionOne', resource_name: 'port' };
  const limit = { ...of, project_id: jo.projectId, resource_limit: 9 };
  assert.equal((await asAdmin('POST', '/v3/limits', { limits: [limit] })).status, 403);
  const registered = await asAdmin('POST', '/v3/registered_limits', {
    registered_limits: [{ ...of, default_limit: 5, description: 'd' }],
  });
  assert.equal(registered.status, 201);
  const [{ id, links, ...shown }] = registered.body.registered_limits;
  assert.deepEqual(shown, { ...of, default_limit: 5, description: 'd' });
  assert.match(links.self, /\/v3\/registered_limits\//);
  const made = await asAdmin('POST', '/v3/limits', { limits: [limit] });
  assert.equal(made.status, 201);
  const [{ id: limitId }] = made.body.limits;
  assert.equal((await asAdmin('POST', '/v3/limits', { limits: [limit] })).status, 409);
  assert.equal(
    (await asAdmin('POST', '/v3/registered_limits', { registered_limits: [{ ...of, default_limit: 5 }] })).status,
    409,
  );
  assert.equal((await asAdmin('DELETE', `/v3/registered_limits/${id}`)).status, 403);
  const changed = await asAdmin('PATCH', `/v3/limits/${limitId}`, { limit: { resource_limit: 11 } });
  assert.equal(changed.body.limit.resource_limit, 11);
  const raised = await asAdmin('PATCH', `/v3/registered_limits/${id}`, { registered_limit: { default_limit: 6 } });
  assert.equal(raised.body.registered_limit.default_limit, 6);
  const own = await send('GET', '/v3/limits', { token: jo.token });
  assert.deepEqual(
    own.body.limits.map(({ resource_limit }: { resource_limit: number }) => resource_limit),
    [11],
  );
  const eve = await member('eve');
  assert.deepEqual((await send('GET', '/v3/limits', { token: eve.token })).body.limits, []);
  assert.equal((await send('GET', `/v3/limits/${limitId}`, { token: eve.token })).status, 403);
  assert.equal((await send('GET', '/v3/limits/model', { token: eve.token })).body.model.name, 'flat');
  assert.equal((await send('POST', '/v3/limits', { token: jo.token, body: { limits: [limit] } })).status, 403);
  assert.equal((await asAdmin('GET', `/v3/registered_limits?resource_name=nope`)).body.registered_limits.length, 0);
  for (const odd of [[], [{}], [1], [{ ...of }], [{ ...of, default_limit: -2 }], [{ ...of, default_limit: 'x' }], 'x'])
    assert.equal((await asAdmin('POST', '/v3/registered_limits', { registered_limits: odd })).status, 400);
  for (const odd of [
    { ...limit, project_id: 'nope' },
    { ...limit, service_id: 'nope' },
    { ...of, resource_limit: 1 },
  ])
    assert.ok([400, 403, 404].includes((await asAdmin('POST', '/v3/limits', { limits: [odd] })).status));
  assert.equal((await asAdmin('DELETE', `/v3/limits/${limitId}`)).status, 204);
  assert.equal((await asAdmin('DELETE', `/v3/registered_limits/${id}`)).status, 204);
});
