import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import { bootstrapIdentity } from '../../src/identity/bootstrap.ts';
import { identityRoutes } from '../../src/identity/identity-routes.ts';
import { type IdentityService, openIdentity } from '../../src/identity/service.ts';
import type { Store } from '../../src/store/store.ts';
import { testDatabase } from '../support/database.ts';

export const PUBLIC_URL = 'http://127.0.0.1:5000';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed JSON; null when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect of it
  readonly body: any;
}

export interface Cloud {
  readonly app: FastifyInstance;
  readonly service: IdentityService;
  readonly store: Store;
  readonly url: string;
  readonly secret: Uint8Array;
  readonly dataFolder: string;
  readonly password: string;
  /** A project-scoped token of the bootstrap admin. */
  readonly adminToken: string;
  /** Milliseconds to add to the clock. */
  readonly clock: { offset: number };
  readonly send: (method: Method, path: string, options?: SendOptions) => Promise<Answer>;
  /** As `send`, with the admin's token. */
  readonly asAdmin: (method: Method, path: string, body?: object) => Promise<Answer>;
  /** A new user with a new project and the given roles on it, logged in. */
  readonly member: (name: string, roles?: readonly string[]) => Promise<Member>;
}

export interface Member {
  readonly userId: string;
  readonly projectId: string;
  readonly name: string;
  readonly token: string;
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface SendOptions {
  readonly token?: string;
  readonly subject?: string;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function passwordLogin(name: string, password: string, project?: string): object {
  const domain = { name: 'Default' };
  return {
    auth: {
      identity: { methods: ['password'], password: { user: { name, domain, password } } },
      ...(project && { scope: { project: { name: project, domain } } }),
    },
  };
}

/** A bootstrapped database, an identity service and its routes on a bare Fastify. */
export async function openCloud(t: TestContext, options: { publicUrl?: string } = {}): Promise<Cloud> {
  const { store, url } = await testDatabase(t);
  const { publicUrl = PUBLIC_URL } = options;
  const dataFolder = await mkdtemp(join(tmpdir(), 'netloom-identity-'));
  const { password } = await bootstrapIdentity({ store, dataFolder, publicUrl });
  if (password === undefined) throw new Error('the database was not empty');
  const secret = randomBytes(32);
  const clock = { offset: 0 };
  const service = await openIdentity({ store, secret, clock: () => Date.now() + clock.offset });
  const app = Fastify();
  await app.register(identityRoutes({ service, publicUrl }), { prefix: '/identity' });
  t.after(async () => {
    await app.close();
    await service[Symbol.asyncDispose]();
    await rm(dataFolder, { recursive: true });
  });

  async function send(method: Method, path: string, request: SendOptions = {}): Promise<Answer> {
    const { token, subject, body, headers } = request;
    const answer = await app.inject({
      method,
      url: `/identity${path}`,
      headers: {
        ...(token !== undefined && { 'x-auth-token': token }),
        ...(subject !== undefined && { 'x-subject-token': subject }),
        ...(typeof body === 'string' && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { payload: body }),
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.body === '' ? null : JSON.parse(answer.body),
    };
  }

  const login = await send('POST', '/v3/auth/tokens', { body: passwordLogin('admin', password, 'admin') });
  const adminToken = String(login.headers['x-subject-token']);
  const asAdmin = (method: Method, path: string, body?: object) =>
    send(method, path, { token: adminToken, ...(body && { body }) });

  async function member(name: string, roles: readonly string[] = ['member']): Promise<Member> {
    const { project } = (await asAdmin('POST', '/v3/projects', { project: { name } })).body;
    const { user } = (await asAdmin('POST', '/v3/users', { user: { name, password: `${name}-pw` } })).body;
    for (const role of roles) {
      const { roles: found } = (await asAdmin('GET', `/v3/roles?name=${role}`)).body;
      await asAdmin('PUT', `/v3/projects/${project.id}/users/${user.id}/roles/${found[0].id}`);
    }
    const answer = await send('POST', '/v3/auth/tokens', { body: passwordLogin(name, `${name}-pw`, name) });
    return { userId: user.id, projectId: project.id, name, token: String(answer.headers['x-subject-token']) };
  }

  return { app, service, store, url, secret, dataFolder, password, adminToken, clock, send, asAdmin, member };
}
