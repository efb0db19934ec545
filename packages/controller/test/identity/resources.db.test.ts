import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCloud, PUBLIC_URL, passwordLogin } from './cloud.ts';
import { mutate, randomNumbers } from './mutate.ts';

const BASE = `${PUBLIC_URL}/identity/v3`;

test('projects: create, show, list, change, delete', async (t) => {
  const { asAdmin } = await openCloud(t);
  const created = await asAdmin('POST', '/v3/projects', { project: { name: 'web', tags: ['a'], colour: 'red' } });
  assert.equal(created.status, 201);
  const { id } = created.body.project;
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.deepEqual(created.body.project, {
    id,
    name: 'web',
    domain_id: 'default',
    description: '',
    enabled: true,
    parent_id: 'default',
    is_domain: false,
    tags: ['a'],
    options: {},
    colour: 'red',
    links: { self: `${BASE}/projects/${id}` },
  });
  assert.deepEqual((await asAdmin('GET', `/v3/projects/${id}`)).body, created.body);
  const changed = await asAdmin('PATCH', `/v3/projects/${id}`, {
    project: { description: 'front', parent_id: 'default', colour: null, size: 3 },
  });
  assert.equal(changed.status, 200);
  assert.equal(changed.body.project.description, 'front');
  assert.equal('colour' in changed.body.project, false);
  assert.equal(changed.body.project.size, 3);
  const found = await asAdmin('GET', '/v3/projects?name=web&domain_id=default&enabled=True');
  assert.deepEqual(found.body.projects, [changed.body.project]);
  assert.equal(found.body.links.self, `${BASE}/projects?name=web&domain_id=default&enabled=True`);
  assert.deepEqual((await asAdmin('GET', '/v3/projects?name=web&enabled=False')).body.projects, []);
  assert.deepEqual((await asAdmin('GET', '/v3/projects?is_domain=true')).body.projects, []);

  const child = await asAdmin('POST', '/v3/projects', { project: { name: 'child', parent_id: id } });
  assert.equal(child.body.project.parent_id, id);
  assert.equal((await asAdmin('DELETE', `/v3/projects/${id}`)).status, 403);
  assert.equal((await asAdmin('DELETE', `/v3/projects/${child.body.project.id}`)).status, 204);
  assert.equal((await asAdmin('DELETE', `/v3/projects/${id}`)).status, 204);
  const gone = await asAdmin('GET', `/v3/projects/${id}`);
  assert.deepEqual(gone.body.error, { code: 404, title: 'Not Found', message: `Could not find project: ${id}.` });
});

test('users: no password ever leaves; default project and free attributes do', async (t) => {
  const { asAdmin, send, store } = await openCloud(t);
  const sent = {
    name: 'eve',
    password: 'secret',
    email: 'eve@example.org',
    description: 'd',
    password_hash: 'x',
    links: 1,
  };
  const created = await asAdmin('POST', '/v3/users', { user: sent });
  assert.equal(created.status, 201);
  const { id } = created.body.user;
  assert.deepEqual(created.body.user, {
    id,
    name: 'eve',
    domain_id: 'default',
    enabled: true,
    email: 'eve@example.org',
    description: 'd',
    options: {},
    password_expires_at: null,
    links: { self: `${BASE}/users/${id}` },
  });
  const [row] = await store.query<{ password_hash: string; extra: object }>(
    'SELECT password_hash, extra FROM identity_users WHERE id = $1',
    [id],
  );
  assert.match(row?.password_hash ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  assert.deepEqual(row?.extra, { email: 'eve@example.org', description: 'd' });
  assert.deepEqual((await asAdmin('GET', '/v3/users?name=eve')).body.users, [created.body.user]);
  assert.equal((await asAdmin('GET', '/v3/users/eve')).status, 404);
  const project = (await asAdmin('GET', '/v3/projects?name=admin')).body.projects[0];
  const changed = await asAdmin('PATCH', `/v3/users/${id}`, { user: { default_project_id: project.id, name: 'eva' } });
  assert.equal(changed.body.user.default_project_id, project.id);
  assert.equal((await send('POST', '/v3/auth/tokens', { body: passwordLogin('eva', 'secret') })).status, 201);
});

test('a user sees himself and his projects, nothing else, and changes nothing', async (t) => {
  const { member, send, asAdmin } = await openCloud(t);
  const { token, userId, projectId } = await member('demo');
  const other = await member('other');
  const get = (path: string) => send('GET', `/v3${path}`, { token });
  assert.equal((await get(`/users/${userId}`)).status, 200);
  assert.equal((await get(`/projects/${projectId}`)).status, 200);
  assert.deepEqual((await get(`/users/${userId}/projects`)).body.projects.map(idOf), [projectId]);
  assert.deepEqual((await get('/auth/projects')).body.projects.map(idOf), [projectId]);
  assert.deepEqual((await get('/auth/domains')).body.domains, []);
  assert.equal((await get('/domains/default')).status, 200);
  assert.equal((await get('/regions/RegionOne')).status, 200);
  const refused = [
    '/users',
    '/roles',
    '/domains',
    '/services',
    '/endpoints',
    '/role_assignments',
    `/users/${other.userId}`,
    `/users/${other.userId}/projects`,
    `/projects/${other.projectId}`,
    '/projects/unknown',
  ];
  for (const path of refused) {
    const answer = await get(path);
    assert.equal(answer.status, 403, path);
    assert.match(answer.body.error.message, /^You are not authorized to perform the requested action: identity:\w+\.$/);
  }
  const admin = (await asAdmin('GET', '/v3/roles?name=admin')).body.roles[0].id;
  const writes: [Parameters<typeof send>[0], string, object?][] = [
    ['POST', '/v3/users', { user: { name: 'x' } }],
    ['PATCH', `/v3/users/${userId}`, { user: { name: 'x' } }],
    ['DELETE', `/v3/users/${other.userId}`],
    ['PUT', `/v3/projects/${projectId}/users/${userId}/roles/${admin}`],
    ['POST', '/v3/regions', { region: { id: 'x' } }],
  ];
  for (const [method, path, body] of writes) {
    assert.equal((await send(method, path, { token, ...(body && { body }) })).status, 403, `${method} ${path}`);
    assert.equal((await send(method, path, body ? { body } : {})).status, 401, `${method} ${path}`);
  }
  assert.equal((await send('DELETE', '/v3/auth/tokens', { token, subject: other.token })).status, 403);
  assert.equal((await send('GET', '/v3/auth/tokens', { token, subject: other.token })).status, 403);
  assert.equal((await send('HEAD', '/v3/auth/tokens', { token, subject: token })).status, 200);
});

test('role assignments: give, check, list, take away', async (t) => {
  const { member, asAdmin } = await openCloud(t);
  const { userId, projectId } = await member('demo');
  const memberRole = (await asAdmin('GET', '/v3/roles?name=member')).body.roles[0].id;
  const observer = (await asAdmin('GET', '/v3/roles?name=load-balancer_observer')).body.roles[0].id;
  const grants = `/v3/projects/${projectId}/users/${userId}/roles`;
  assert.equal((await asAdmin('HEAD', `${grants}/${observer}`)).status, 404);
  assert.equal((await asAdmin('PUT', `${grants}/${observer}`)).status, 204);
  assert.equal((await asAdmin('PUT', `${grants}/${observer}`)).status, 204);
  assert.equal((await asAdmin('HEAD', `${grants}/${observer}`)).status, 204);
  assert.deepEqual(new Set((await asAdmin('GET', grants)).body.roles.map(idOf)), new Set([memberRole, observer]));
  assert.equal((await asAdmin('PUT', `${grants}/nothing`)).body.error.message, 'Could not find role: nothing.');
  assert.equal((await asAdmin('PUT', `/v3/projects/${projectId}/users/nobody/roles/${observer}`)).status, 404);
  assert.equal((await asAdmin('PUT', `/v3/domains/default/users/${userId}/roles/${observer}`)).status, 204);

  const list = async (query: string) => (await asAdmin('GET', `/v3/role_assignments?${query}`)).body.role_assignments;
  assert.equal((await list(`user.id=${userId}`)).length, 3);
  assert.equal((await list(`user.id=${userId}&project.id=${projectId}`)).length, 2);
  assert.equal((await list(`user.id=${userId}&scope.project.id=${projectId}&role.id=${observer}`)).length, 1);
  assert.equal((await list(`user.id=${userId}&scope.project.id=${projectId}&effective`)).length, 3);
  assert.deepEqual(await list('group.id=x'), []);
  assert.deepEqual(await list(`user.id=${userId}&scope.domain.id=default&include_names=True`), [
    {
      links: { assignment: `${BASE}/domains/default/users/${userId}/roles/${observer}` },
      scope: { domain: { id: 'default', name: 'Default' } },
      user: { id: userId, name: 'demo', domain: { id: 'default', name: 'Default' } },
      role: { id: observer, name: 'load-balancer_observer' },
    },
  ]);
  assert.equal((await asAdmin('DELETE', `${grants}/${observer}`)).status, 204);
  assert.equal((await asAdmin('DELETE', `${grants}/${observer}`)).status, 404);
});

test('services, endpoints and regions make the catalogue', async (t) => {
  const { asAdmin, member, send } = await openCloud(t);
  const { token, projectId } = await member('demo');
  const { service } = (await asAdmin('POST', '/v3/services', { service: { type: 'volume', name: 'v' } })).body;
  const wanted = { service_id: service.id, interface: 'public', region: 'Two', url: 'http://v/$(project_id)s' };
  const { endpoint } = (await asAdmin('POST', '/v3/endpoints', { endpoint: wanted })).body;
  assert.equal(endpoint.region_id, 'Two');
  assert.equal(endpoint.region, 'Two');
  const entry = async () =>
    (await send('GET', '/v3/auth/catalog', { token })).body.catalog.find(
      ({ type }: { type: string }) => type === 'volume',
    );
  assert.equal((await entry()).endpoints[0].url, `http://v/${projectId}`);
  assert.equal((await asAdmin('DELETE', '/v3/regions/Two')).status, 403);
  await asAdmin('PATCH', `/v3/endpoints/${endpoint.id}`, { endpoint: { enabled: false } });
  assert.deepEqual((await entry()).endpoints, []);
  assert.equal((await asAdmin('DELETE', `/v3/services/${service.id}`)).status, 204);
  assert.equal(await entry(), undefined);
  assert.equal((await asAdmin('GET', `/v3/endpoints/${endpoint.id}`)).status, 404);
  assert.equal((await asAdmin('DELETE', '/v3/regions/Two')).status, 204);
  for (const bad of [{ interface: 'side' }, { url: 'nowhere' }, { service_id: 7 }]) {
    assert.equal((await asAdmin('POST', '/v3/endpoints', { endpoint: { ...wanted, ...bad } })).status, 400);
  }
  assert.equal((await asAdmin('POST', '/v3/endpoints', { endpoint: wanted })).status, 404);
});

test('domains hold users of the same name apart, and go only when disabled', async (t) => {
  const { asAdmin, send } = await openCloud(t);
  const { domain } = (await asAdmin('POST', '/v3/domains', { domain: { name: 'other' } })).body;
  const user = { name: 'admin', domain_id: domain.id, password: 'theirs' };
  assert.equal((await asAdmin('POST', '/v3/users', { user })).status, 201);
  const body = {
    auth: { identity: { methods: ['password'], password: { user: { ...user, domain: { name: 'other' } } } } },
  };
  const token = await send('POST', '/v3/auth/tokens', { body });
  assert.equal(token.body.token.user.domain.name, 'other');
  assert.equal((await asAdmin('DELETE', `/v3/domains/${domain.id}`)).status, 403);
  await asAdmin('PATCH', `/v3/domains/${domain.id}`, { domain: { enabled: false } });
  assert.equal((await send('POST', '/v3/auth/tokens', { body })).status, 401);
  assert.equal((await asAdmin('DELETE', `/v3/domains/${domain.id}`)).status, 204);
  assert.deepEqual((await asAdmin('GET', `/v3/users?domain_id=${domain.id}`)).body.users, []);
});

test('bad input: each a clear 400, 404 or 409, and nothing is changed', async (t) => {
  const { asAdmin } = await openCloud(t);
  const admin = (await asAdmin('GET', '/v3/users?name=admin')).body.users[0];
  const role = (await asAdmin('GET', '/v3/roles?name=admin')).body.roles[0];
  const cases: [Parameters<typeof asAdmin>[0], string, object, number, RegExp][] = [
    [
      'POST',
      '/v3/projects',
      { project: { name: 'admin' } },
      409,
      /^Conflict occurred attempting to store project - Duplicate entry found with name admin at domain ID default\.$/,
    ],
    ['POST', '/v3/projects', { project: {} }, 400, /'name' is a required property/],
    ['POST', '/v3/projects', {}, 400, /^Expecting to find project in request body/],
    ['POST', '/v3/projects', { project: { name: ' ' } }, 400, /'name': it is empty/],
    ['POST', '/v3/projects', { project: { name: 'x'.repeat(65) } }, 400, /longer than 64/],
    ['POST', '/v3/projects', { project: { name: 'x\0' } }, 400, /cannot be stored/],
    ['POST', '/v3/projects', { project: { name: 'x', deep: { a: '\ud800' } } }, 400, /cannot be stored/],
    ['POST', '/v3/projects', { project: { name: 'x', enabled: 'yes' } }, 400, /"yes" is not of type 'boolean'/],
    ['POST', '/v3/projects', { project: { name: 'x', tags: ['a,b'] } }, 400, /a tag has/],
    ['POST', '/v3/projects', { project: { name: 'x', domain_id: 'none' } }, 404, /^Could not find domain: none\.$/],
    ['POST', '/v3/projects', { project: { name: 'x', parent_id: 'none' } }, 400, /'parent_id'/],
    ['POST', '/v3/users', { user: { name: 'x', password: 7 } }, 400, /7 is not of type 'string'/],
    ['PATCH', `/v3/users/${admin.id}`, { user: { id: 'other' } }, 400, /^Cannot change user ID$/],
    ['PATCH', `/v3/users/${admin.id}`, { user: { domain_id: 'other' } }, 400, /'domain_id': it cannot change/],
    ['PATCH', '/v3/users/nobody', { user: {} }, 404, /^Could not find user: nobody\.$/],
    ['PATCH', `/v3/roles/${role.id}`, { role: { name: 'x' } }, 403, /immutable role/],
    ['DELETE', `/v3/roles/${role.id}`, {}, 403, /immutable role/],
    ['GET', '/v3/nothing', {}, 404, /^The requested URL was not found/],
    ['GET', '/v3/users/%00', {}, 400, /cannot be stored/],
  ];
  const before = await asAdmin('GET', '/v3/projects');
  for (const [method, path, body, status, text] of cases) {
    const answer = await asAdmin(method, path, method === 'GET' || method === 'DELETE' ? undefined : body);
    assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`);
    assert.match(answer.body.error.message, text);
  }
  assert.deepEqual((await asAdmin('GET', '/v3/projects')).body, before.body);
});

test('of twenty at once with one name, one is created', async (t) => {
  const { asAdmin } = await openCloud(t);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => asAdmin('POST', '/v3/users', { user: { name: 'same', password: 'x' } })),
  );
  const counts = Map.groupBy(answers, ({ status }) => status);
  assert.deepEqual([counts.get(201)?.length, counts.get(409)?.length], [1, 19]);
});

test('no body and no query whatever makes a request answer 500', async (t) => {
  const { asAdmin, member } = await openCloud(t);
  const { userId, projectId } = await member('demo');
  const service = (await asAdmin('GET', '/v3/services')).body.services[0].id;
  const random = randomNumbers(20_261_121);
  const bodies: [string, object][] = [
    [
      'projects',
      { project: { name: 'p', domain_id: 'default', parent_id: projectId, tags: ['a'], options: {}, x: {} } },
    ],
    ['users', { user: { name: 'u', default_project_id: projectId, enabled: true, options: {}, e: [1] } }],
    ['roles', { role: { name: 'r', domain_id: 'default', description: 'd', options: { immutable: true } } }],
    ['domains', { domain: { name: 'd', description: 'd', enabled: false } }],
    ['services', { service: { name: 's', type: 't' } }],
    ['endpoints', { endpoint: { service_id: service, region: 'r', interface: 'public', url: 'http://e' } }],
    ['regions', { region: { id: 'r', parent_region_id: 'RegionOne', description: 'd' } }],
  ];
  const seen = new Set<number>();
  for (let round = 0; round < 50; round++) {
    for (const [many, valid] of bodies) {
      const body = mutate(structuredClone(valid), random) as object;
      const target = round % 2 === 0 ? `/v3/${many}` : many === 'users' ? `/v3/users/${userId}` : `/v3/${many}/none`;
      const answer = await asAdmin(round % 2 === 0 ? 'POST' : 'PATCH', target, body ?? {});
      assert.ok(answer.status < 500, `${target} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`);
      seen.add(answer.status);
    }
  }
  assert.deepEqual(
    [200, 201, 400, 404, 409].filter((status) => !seen.has(status)),
    [],
  );
  const odd = [
    'enabled',
    'name=a&name=b',
    'name=%00',
    'domain_id=',
    'name=%ed%a0%80',
    'user.id=%00',
    '__proto__=1',
    'is_domain=x',
  ];
  for (const many of [...bodies.map(([name]) => name), 'role_assignments']) {
    for (const query of odd) {
      const { status } = await asAdmin('GET', `/v3/${many}?${query}`);
      assert.ok(status === 200 || status === 400, `${many}?${query}: ${status}`);
    }
  }
});

function idOf({ id }: { id: string }): string {
  return id;
}
