import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect } from '../../src/client/connect.ts';

/** A controller that takes every login, answers writes with revision 7, and whose newest revision is 12; gives what was asked of it. */
async function controller(t: TestContext, states: string[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://controller');
    response.setHeader('x-subject-token', 'token');
    if (request.method === 'POST' && url.pathname === '/v2.0/networks') response.setHeader('x-netloom-revision', '7');
    if (url.pathname !== '/v2.0/netloom/realization') return response.end('{"token":{},"network":{}}');
    asked.push(url.searchParams.get('revision') ?? 'newest');
    const revision = Number(url.searchParams.get('revision') ?? 12);
    return response.end(JSON.stringify({ realization: { revision, state: states.shift() ?? 'done', hosts: [] } }));
  });
  t.after(() => server.close());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const authUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const login = { username: 'u', password: 'p', projectName: 'p', userDomainName: 'd', projectDomainName: 'd' };
  return { asked, client: await connect({ authUrl, ...login }) };
}

test('a client that wrote nothing asks for the newest revision, and stays with the one it was told', async (t) => {
  const { asked, client } = await controller(t, ['pending', 'done']);
  assert.equal((await client.realization({ waitSeconds: 5 })).revision, 12);
  assert.deepEqual(asked, ['newest', '12']);
});

test('a client that wrote asks for its own write, and one that names a revision for that', async (t) => {
  const { asked, client } = await controller(t, []);
  await client.networks.create({});
  await client.realization();
  await client.realization({ revision: 3 });
  assert.deepEqual(asked, ['7', '3']);
});

test('an error ends the wait', async (t) => {
  const { asked, client } = await controller(t, ['error', 'done']);
  assert.equal((await client.realization({ waitSeconds: 5 })).state, 'error');
  assert.equal(asked.length, 1);
});
