import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type Cloud, openCloud, PUBLIC_URL, passwordLogin } from './cloud.ts';

interface Capture {
  readonly title: string;
  readonly request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: object };
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown };
}

/** Exchanges with a real server, in their order. */
const CAPTURES = JSON.parse(await readFile(new URL('captures.json', import.meta.url), 'utf8')) as readonly Capture[];

test('answers have the status, the headers and the shape of a real server', async (t) => {
  const cloud = await openCloud(t);
  const demo = await cloud.member('demo');
  const prepared = { cloud, demoToken: demo.token, demoUser: demo.userId, demoProject: demo.projectId };
  for (const capture of CAPTURES) {
    await t.test(capture.title, async () => {
      const answer = await replay(capture, prepared);
      const { status, headers, body } = capture.response;
      assert.equal(answer.status, status);
      for (const [name, value] of Object.entries(headers)) {
        if (/^(vary|www-authenticate|location)$/.test(name)) assert.equal(answer.headers[name], ours(value), name);
        else assert.ok(answer.headers[name], name);
      }
      assert.match(String(answer.headers['content-type']), /^application\/json/);
      assert.match(String(answer.headers['x-openstack-request-id']), /^req-[0-9a-f-]{36}$/);
      assert.deepEqual(shape(answer.body), shape(body));
      if (status >= 400) assert.deepEqual(answer.body, body);
    });
  }
});

test('issued and expiry times are a day apart, to the microsecond in form', async (t) => {
  const { send, password } = await openCloud(t);
  const { body } = await send('POST', '/v3/auth/tokens', { body: passwordLogin('admin', password, 'admin') });
  assert.match(body.token.issued_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z$/);
  assert.equal(Date.parse(body.token.expires_at) - Date.parse(body.token.issued_at), 86_400_000);
  assert.deepEqual(body.token.roles.map((role: { name: string }) => role.name).sort(), [
    'admin',
    'load-balancer_admin',
    'member',
    'reader',
  ]);
});

async function replay(
  { title, request }: Capture,
  {
    cloud,
    demoToken,
    demoUser,
    demoProject,
  }: { cloud: Cloud; demoToken: string; demoUser: string; demoProject: string },
) {
  const path = (request.path === '/' ? '' : request.path)
    .replace('41f8a5685b2443a090f800d456e14dcc', demoUser)
    .replace('e46f0ab41ff046c38ce4968110a72645', demoProject);
  if (request.method === 'POST') {
    const body = JSON.stringify(request.body);
    const name = body.includes('"demo"') ? 'demo' : 'admin';
    const password = title === 'bad password' ? 'wrong' : name === 'demo' ? 'demo-pw' : cloud.password;
    return cloud.send('POST', path, { body: body.replace('***', password) });
  }
  if (/^no token|^discovery/.test(title)) return cloud.send('GET', path);
  if (title === 'validate token') return cloud.send('GET', path, { token: cloud.adminToken, subject: demoToken });
  const token = /member|of the token/.test(title) ? demoToken : cloud.adminToken;
  return cloud.send('GET', path, { token });
}

function ours(value: string): string {
  return value.replace('http://127.0.0.1:5000', `${PUBLIC_URL}/identity`);
}

/** Attribute names and types; what a list holds is the union of its members' shapes. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) {
    const members = [...new Set(value.map((member) => JSON.stringify(shape(member))))].sort();
    return members.map((member) => JSON.parse(member));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([name, member]) => [name, shape(member)]));
  }
  return value === null ? null : typeof value;
}
