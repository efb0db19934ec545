import type { TestContext } from 'node:test';
import type { Caller } from '../../src/http/caller.ts';
import { buildServer, type ServerOptions } from '../../src/http/server.ts';
import type { Store } from '../../src/store/store.ts';
import { testDatabase } from '../support/database.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export interface Api {
  readonly store: Store;
  readonly url: string;
  /** Sends a request as the holder of a token: "admin", or a project with a role, "blue", "blue reader", "blue admin". */
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Reply>;
}

export interface CallOptions {
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The whole HTTP server on a database of its own, both gone after the test. */
export async function apiUnderTest(
  t: Pick<TestContext, 'after'>,
  options: Pick<ServerOptions, 'plugins' | 'decisions'> = {},
): Promise<Api> {
  const { store } = await testDatabase(t);
  const { url, call } = await serve(t, store, options);
  return { store, url, call };
}

export async function serve(
  t: Pick<TestContext, 'after'>,
  store: Store,
  options: Pick<ServerOptions, 'plugins' | 'decisions'> = {},
): Promise<Omit<Api, 'store'>> {
  const server = buildServer({ store, authenticate, ...options });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => server.close());

  async function call(method: string, path: string, body?: unknown, { as = 'admin', headers = {} }: CallOptions = {}) {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(as === '' ? {} : { 'x-auth-token': as }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  }

  return { url, call };
}

async function authenticate(token: string): Promise<Caller | undefined> {
  if (token === 'bad') return undefined;
  const [project = '', role = project === 'admin' ? 'admin' : 'member'] = token.split(' ');
  const isAdmin = role === 'admin';
  const roles = isAdmin ? ['admin', 'member', 'reader'] : role === 'member' ? ['member', 'reader'] : ['reader'];
  return { userId: `user-of-${project}`, userName: project, projectId: project, roles: new Set(roles), isAdmin };
}
