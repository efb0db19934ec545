import assert from 'node:assert/strict';
import { test } from 'node:test';
import { can, handleOf } from '../../src/http/resource/definition.ts';
import { networkingResources } from '../../src/http/resources/networking-resources.ts';
import { type Api, apiUnderTest } from './api-under-test.ts';
import { examplesOf, type Json } from './examples.ts';

/*
 * What holds for every resource of the table, whatever its access rules: somebody who cannot see an object is told that it is not there,
 * by whatever way; somebody who can, but may not change it, is told so; lists have what can be seen.
 */

type Asked = (method: string, path: string, body?: unknown) => Promise<number>;

function asker(api: Api, as: string): Asked {
  return async (method, path, body) => (await api.call(method, path, body, { as })).status;
}

test('strangers and readers meet the same rules everywhere', async (t) => {
  const api = await apiUnderTest(t);
  await api.store.query('UPDATE quota_limits SET "limit" = -1');
  const examples = examplesOf(api);
  for (const resource of networkingResources()) {
    const { id, collection } = await examples.one(handleOf(resource));
    const member = `${collection}/${id}`;
    const change = { [resource.name]: { name: 'x' } };
    const changes: [string, unknown][] = [];
    if (can(resource, 'update')) changes.push(['PUT', change]);
    if (can(resource, 'delete')) changes.push(['DELETE', undefined]);
    for (const who of ['stranger', 'stranger reader', 'admin reader']) {
      await t.test(`${resource.collection} for ${who}`, async () => {
        const ask = asker(api, who);
        const shown = can(resource, 'show') ? await ask('GET', member) : undefined;
        if (shown !== undefined) assert.ok(shown === 200 || shown === 404, `GET ${shown}`);
        for (const [method, body] of changes) {
          const status = await ask(method, member, body);
          // What has no name says so before anything else.
          if (status === 400 && resource.attributes['name']?.update === undefined) continue;
          assert.equal(status, shown === 404 ? 404 : 403, `${method} ${JSON.stringify(body)} after GET ${shown}`);
        }
        if (!can(resource, 'list')) return;
        const list = await api.call('GET', collection, undefined, { as: who });
        const parentGone = resource.parent !== undefined && shown !== 200 && list.status === 404;
        assert.ok(list.status === 200 || parentGone, `list ${list.status}`);
        if (shown === undefined || parentGone) return;
        const has = (list.body[resource.collection] as Json[]).some((item) => item['id'] === id);
        assert.equal(has, shown === 200, 'the list and the object agree');
      });
    }
  }
});

test('every kind of object that RBAC policies share is there for those that they are for', async (t) => {
  const api = await apiUnderTest(t);
  await api.store.query('UPDATE quota_limits SET "limit" = -1');
  const examples = examplesOf(api);
  for (const resource of networkingResources()) {
    if (resource.rbac === undefined) continue;
    await t.test(resource.rbac, async () => {
      const { id, collection } = await examples.another(handleOf(resource), { project_id: 'blue' });
      const member = `${collection}/${id}`;
      const [blue, green, red] = [asker(api, 'blue'), asker(api, 'green'), asker(api, 'red')];
      assert.deepEqual([await blue('GET', member), await green('GET', member)], [200, 404]);
      const policy = { object_type: resource.rbac, object_id: id, action: 'access_as_shared', target_tenant: 'green' };
      const made = await api.call('POST', '/v2.0/rbac-policies', { rbac_policy: policy }, { as: 'blue' });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      assert.deepEqual([await green('GET', member), await red('GET', member)], [200, 404]);
      for (const [as, shared] of [
        ['green', true],
        ['blue', false],
      ] as const) {
        if (resource.attributes['shared'] === undefined) continue;
        const seen = await api.call('GET', member, undefined, { as });
        assert.equal(seen.body[resource.name].shared, shared, `shared for ${as}`);
        const { body } = await api.call('GET', `${collection}?shared=True&id=${id}`, undefined, { as });
        assert.equal(body[resource.collection].length, shared ? 1 : 0, `filter for ${as}`);
      }
      assert.equal(await green('PUT', member, { [resource.name]: { name: 'x' } }), 403);
      assert.equal(await green('DELETE', member), 403);
      const path = `/v2.0/rbac-policies/${made.body.rbac_policy.id}`;
      assert.equal(await green('DELETE', path), 404);
      assert.equal(await blue('DELETE', path), 204);
      assert.equal(await green('GET', member), 404);
      if (resource.attributes['shared']?.update === undefined) return;
      assert.equal((await api.call('PUT', member, { [resource.name]: { shared: true } })).status, 200);
      assert.equal(await red('GET', member), 200);
      assert.equal((await api.call('DELETE', member)).status, 204);
      const left = await api.call('GET', `/v2.0/rbac-policies?object_id=${id}`);
      assert.deepEqual(left.body.rbac_policies, [], 'policies go with their object');
    });
  }
});
