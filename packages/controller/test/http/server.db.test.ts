import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { networkingApi } from '../../src/http/resources/networking-resources.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { openStore } from '../../src/store/postgres-store.ts';
import { apiUnderTest, serve } from './api-under-test.ts';

test('discovery, tokens and unknown paths', async (t) => {
  const api = await apiUnderTest(t);
  const anonymous = { as: '' };
  const root = await api.call('GET', '/', undefined, anonymous);
  const link = { rel: 'self', href: `${api.url}/v2.0/` };
  assert.deepEqual(root.body, { versions: [{ id: 'v2.0', status: 'CURRENT', links: [link] }] });
  assert.equal(root.headers.get('x-openstack-request-id'), null);

  for (const [path, token] of [
    ['/v2.0/', ''],
    ['/v2.0/networks', ''],
    ['/v2.0/networks', 'bad'],
    ['/v2.0/nosuch', ''],
  ] as const) {
    const refused = await api.call('GET', path, undefined, { as: token });
    assert.equal(refused.status, 401, path);
    assert.deepEqual(refused.body.error, {
      code: 401,
      title: 'Unauthorized',
      message: 'The request you have made requires authentication.',
    });
    assert.equal(refused.headers.get('www-authenticate'), `Keystone uri="${api.url}/identity"`);
    assert.match(refused.headers.get('x-openstack-request-id') ?? '', /^req-/);
  }
  const resources = await api.call('GET', '/v2.0/');
  assert.deepEqual(
    resources.body.resources.slice(0, 3).map((one: { collection: string }) => one.collection),
    ['networks', 'subnets', 'ports'],
  );
  const missing = { NeutronError: { type: 'HTTPNotFound', message: 'The resource could not be found.', detail: '' } };
  for (const path of ['/v2.0', '/v2.0/nosuch', '/v2.0/flavors/x/tags']) {
    const reply = await api.call('GET', path);
    assert.deepEqual([reply.status, reply.body], [404, missing], path);
  }
  const outside = await api.call('GET', '/v3', undefined, anonymous);
  assert.deepEqual([outside.status, outside.headers.get('content-type')], [404, 'text/html; charset=UTF-8']);

  const { extensions } = (await api.call('GET', '/v2.0/extensions')).body;
  assert.deepEqual(extensions[0], { ...networkingApi().extensions[0], links: [] });
  const one = await api.call('GET', '/v2.0/extensions/filter-validation');
  assert.equal(one.body.extension.alias, 'filter-validation');
  assert.equal((await api.call('GET', '/v2.0/extensions/nosuch')).status, 404);
});

test('a body that is too large is refused in the API’s own words', async (t) => {
  const api = await apiUnderTest(t);
  const reply = await api.call('POST', '/v2.0/networks', `{"network":{"name":"${'x'.repeat(10_000_000)}"}}`);
  assert.deepEqual([reply.status, reply.body.NeutronError.type], [413, 'HTTPRequestEntityTooLarge']);
  assert.equal((await api.call('POST', '/v2.0/networks', { network: {} })).status, 201, 'and the server lives on');
});

test('plugins: the caller under /v2.0, nothing outside; a failure tells no more than its request id', async (t) => {
  const lines: object[] = [];
  const api = await apiUnderTest(t, {
    plugins: [
      {
        prefix: '/v2.0/netloom',
        async routes(scope) {
          scope.get('/who', async (request) => ({ project: request.caller.projectId }));
          scope.get('/broken', async (request) => {
            request.log.error = (line: object) => void lines.push(line);
            throw new Error('secret detail');
          });
        },
      },
      { prefix: '/identity', routes: async (scope) => void scope.get('/v3', async () => ({ open: true })) },
    ],
  });
  const who = await api.call('GET', '/v2.0/netloom/who', undefined, { as: 'blue' });
  assert.deepEqual([who.body, who.headers.get('x-openstack-request-id')?.length], [{ project: 'blue' }, 40]);
  assert.equal((await api.call('GET', '/v2.0/netloom/who', undefined, { as: '' })).status, 401);
  assert.deepEqual((await api.call('GET', '/identity/v3', undefined, { as: '' })).body, { open: true });
  const broken = await api.call('GET', '/v2.0/netloom/broken');
  assert.deepEqual(broken.body.NeutronError, {
    type: 'HTTPInternalServerError',
    message: 'Request Failed: internal server error while processing your request.',
    detail: '',
  });
  const [line] = lines as { requestId: string; err: Error }[];
  assert.deepEqual(
    [line?.requestId, line?.err.message],
    [broken.headers.get('x-openstack-request-id'), 'secret detail'],
  );
});

test('without its database the server answers 503, and recovers by itself', async (t) => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'netloom-test-api-'));
  t.after(() => rmSync(dataFolder, { recursive: true, force: true }));
  let postgres = await startEmbeddedPostgres({ dataFolder });
  t.after(() => postgres.stop());
  const store = await openStore({ url: postgres.url });
  t.after(() => store.close());
  const { call } = await serve(t, store);
  assert.equal((await call('POST', '/v2.0/networks', { network: { name: 'before' } })).status, 201);
  await postgres.stop();
  for (const [method, path, body] of [
    ['GET', '/v2.0/networks', undefined],
    ['POST', '/v2.0/networks', { network: {} }],
  ] as const) {
    const reply = await call(method, path, body);
    assert.equal(reply.status, 503);
    assert.match(reply.body.NeutronError.message, /DATABASE_UNREACHABLE.*repeat/s);
  }
  postgres = await startEmbeddedPostgres({ dataFolder });
  const { body } = await call('GET', '/v2.0/networks?fields=name');
  assert.deepEqual(body, { networks: [{ name: 'before' }] });
});
