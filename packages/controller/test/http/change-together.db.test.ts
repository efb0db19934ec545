import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, apiUnderTest, type CallOptions, type Reply } from './api-under-test.ts';

const COUNT = 24;

/** As many ports of project blue on one network. */
async function ports(api: Api): Promise<string[]> {
  const { body } = await api.call('POST', '/v2.0/networks', { network: {} }, { as: 'blue' });
  const subnet = { network_id: body.network.id, ip_version: 4, cidr: '10.1.0.0/24' };
  assert.equal((await api.call('POST', '/v2.0/subnets', { subnet }, { as: 'blue' })).status, 201);
  const wanted = Array.from({ length: COUNT }, () => ({ network_id: body.network.id }));
  const made = await api.call('POST', '/v2.0/ports', { ports: wanted }, { as: 'blue' });
  assert.equal(made.status, 201);
  return made.body.ports.map((port: { id: string }) => port.id);
}

/** Sends one request for each path, all at once. */
function atOnce(
  api: Api,
  method: 'PUT' | 'DELETE',
  ids: readonly string[],
  more: (i: number) => CallOptions = () => ({}),
): Promise<Reply[]> {
  const body = (i: number) => (method === 'PUT' ? { port: { description: `d${i}` } } : undefined);
  return Promise.all(ids.map((id, i) => api.call(method, `/v2.0/ports/${id}`, body(i), { as: 'blue', ...more(i) })));
}

function outcomes(replies: readonly Reply[]): string[] {
  return replies.map(({ status, body }) => (status < 400 ? String(status) : `${status} ${body.NeutronError.type}`));
}

async function revisionsOf(api: Api, condition: string): Promise<Map<string, string>> {
  const rows = await api.store.query<{ id: string; revision: number }>(
    `SELECT id, max(revision) AS revision FROM changes WHERE kind = 'port' AND ${condition} GROUP BY id`,
  );
  return new Map(rows.map((row) => [row.id, String(row.revision)]));
}

test('ports that are changed at once are written together, and each answer is its own', async (t) => {
  const api = await apiUnderTest(t);
  const ids = await ports(api);
  const replies = await atOnce(api, 'PUT', ids);
  const logged = await revisionsOf(api, 'row IS NOT NULL');
  for (const [i, { status, body, headers }] of replies.entries()) {
    assert.equal(status, 200);
    assert.equal(body.port.id, ids[i]);
    assert.equal(body.port.description, `d${i}`);
    assert.deepEqual((await api.call('GET', `/v2.0/ports/${ids[i]}`, undefined, { as: 'blue' })).body, body);
    assert.equal(headers.get('x-netloom-revision'), logged.get(ids[i] ?? ''));
  }
  const written = new Set(logged.values()).size;
  assert.ok(written < COUNT, `${COUNT} ports in ${written} transactions`);
});

test('ports that are deleted at once go together, and their addresses and quota are free again', async (t) => {
  const api = await apiUnderTest(t);
  const ids = await ports(api);
  const replies = await atOnce(api, 'DELETE', ids);
  assert.deepEqual(new Set(outcomes(replies)), new Set(['204']));
  const gone = await revisionsOf(api, 'row IS NULL');
  for (const [i, { headers }] of replies.entries()) {
    assert.equal(headers.get('x-netloom-revision'), gone.get(ids[i] ?? ''));
  }
  const written = new Set(gone.values()).size;
  assert.ok(written < COUNT, `${COUNT} ports in ${written} transactions`);
  const [left] = await api.store.query(
    `SELECT (SELECT count(*) FROM ip_allocations) AS taken, (SELECT sum(last - first + 1)::int FROM free_ranges f JOIN subnets s
 ON s.id::text = f.space) AS free, (SELECT used FROM quota_usage WHERE resource = 'port' AND project_id = 'blue') AS used`,
  );
  assert.deepEqual(left, { taken: 0, free: 253, used: 0 });
});

test('one object changed many times at once changes as often', async (t) => {
  const api = await apiUnderTest(t);
  const [id = ''] = await ports(api);
  const before = (await api.call('GET', `/v2.0/ports/${id}`)).body.port.revision_number;
  const replies = await atOnce(
    api,
    'PUT',
    Array.from({ length: COUNT }, () => id),
  );
  assert.deepEqual(new Set(outcomes(replies)), new Set(['200']));
  const revisions = replies.map(({ body }) => body.port.revision_number).sort((a, b) => a - b);
  assert.deepEqual(
    revisions,
    Array.from({ length: COUNT }, (_, i) => before + 1 + i),
  );
});

test('what cannot be changed or deleted does not keep the others from it', async (t) => {
  const api = await apiUnderTest(t);
  const ids = await ports(api);
  const unknown = '00000000-0000-4000-8000-000000000000';
  const asked = ids.map((id, i) => (i % 4 === 1 ? unknown : id));
  const ifStale = (i: number) => (i % 4 === 2 ? { headers: { 'if-match': 'revision_number=99' } } : {});
  const expected = (done: string) =>
    ids.map((_, i) => [done, '404 PortNotFound', '412 RevisionNumberConstraintFailed', done][i % 4]);
  assert.deepEqual(outcomes(await atOnce(api, 'PUT', asked, ifStale)), expected('200'));
  assert.deepEqual(outcomes(await atOnce(api, 'DELETE', asked, ifStale)), expected('204'));
  const { body } = await api.call('GET', '/v2.0/ports?fields=id', undefined, { as: 'blue' });
  const kept = ids.filter((_, i) => i % 4 === 1 || i % 4 === 2);
  assert.deepEqual(body.ports.map((port: { id: string }) => port.id).toSorted(), kept.toSorted());
});

test('only what one caller asks for is changed together', async (t) => {
  const api = await apiUnderTest(t);
  const ids = await ports(api);
  const by = (i: number) => ({ as: ['blue', 'blue reader', 'red'][i % 3] ?? '' });
  const expected = (done: string) => ids.map((_, i) => [done, '403 PolicyNotAuthorized', '404 PortNotFound'][i % 3]);
  assert.deepEqual(outcomes(await atOnce(api, 'PUT', ids, by)), expected('200'));
  assert.deepEqual(outcomes(await atOnce(api, 'DELETE', ids, by)), expected('204'));
});

test('a port that a floating IP of another project leads to stays, one of the same project lets go, and the others go', async (t) => {
  const api = await apiUnderTest(t);
  const [outer, outerToo, foreign, own, ...others] = await ports(api);
  await api.store.query(
    `INSERT INTO floatingips (project_id, floating_network_id, floating_ip_address, floating_port_id, fixed_port_id, fixed_ip_address)
 SELECT f.project, p.network_id, f.address::inet, f.outer_port::uuid, p.id, host((p.fixed_ips->0->>'ip_address')::inet)::inet
 FROM (VALUES ('red', '192.0.2.1', $1, $2::uuid), ('blue', '192.0.2.2', $3, $4::uuid)) AS f (project, address, outer_port, port)
 JOIN ports p ON p.id = f.port`,
    [outer, foreign, outerToo, own],
  );
  // What an admin may do, sent just before, opens nothing to a member.
  const asked = [...others, foreign, own].map(String);
  const replies = await atOnce(api, 'DELETE', asked, (i) => ({ as: i < others.length ? 'blue admin' : 'blue' }));
  assert.deepEqual(
    replies.map(({ status }) => status),
    [...others.map(() => 204), 409, 204],
  );
  const left = await api.store.query('SELECT project_id, fixed_port_id FROM floatingips ORDER BY project_id');
  assert.deepEqual(left, [
    { project_id: 'blue', fixed_port_id: null },
    { project_id: 'red', fixed_port_id: foreign },
  ]);
});
