import { clientError } from './client-errors.ts';
import type { Credentials } from './credentials.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path from the root of the Networking API, with its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** A refusal is an answer like another: its status and body are given, and nothing is thrown. */
  readonly takesRefusal?: true;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Value of X-Netloom-Revision, or null when the request changed nothing. */
  readonly revision: number | null;
}

/** Sends requests with a token that it fetches when needed and renews when it is refused. */
export interface HttpClient {
  readonly networkUrl: string;
  /** The token in use, for a program that sends requests of its own. */
  token(): string;
  request(request: Request): Promise<Answer>;
}

interface Session {
  readonly token: string;
  readonly networkUrl: string;
}

/** Logs in at once, so that wrong credentials show here. Throws API_LOGIN or API_UNREACHABLE. */
export async function openHttpClient(credentials: Credentials, signal?: AbortSignal): Promise<HttpClient> {
  let session = await login(credentials, signal);
  return {
    networkUrl: session.networkUrl,
    token: () => session.token,
    async request(request) {
      const response = await send(session, request);
      if (response.status !== 401) return readAnswer(request, response);
      session = await login(credentials, request.signal);
      return readAnswer(request, await send(session, request));
    },
  };
}

async function send(session: Session, request: Request): Promise<Response> {
  return reach(session.networkUrl + request.path, {
    method: request.method,
    headers: {
      'X-Auth-Token': session.token,
      ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    init.signal?.throwIfAborted();
    const inner = (cause as Error).cause;
    throw clientError(
      'API_UNREACHABLE',
      { url, reason: inner instanceof Error ? inner.message : String(cause) },
      cause,
    );
  }
}

async function readAnswer(request: Request, response: Response): Promise<Answer> {
  const text = await response.text();
  const body = parseJson(text);
  if (!response.ok && !request.takesRefusal) {
    const { NeutronError: network, error: identity } = (body ?? {}) as ErrorBody;
    throw clientError('API_REFUSED', {
      method: request.method,
      path: request.path,
      status: response.status,
      type: network?.type ?? identity?.title ?? '',
      text: network?.message ?? identity?.message ?? text.slice(0, 200),
    });
  }
  const revision = response.headers.get('x-netloom-revision');
  return { status: response.status, body, revision: revision === null ? null : Number(revision) };
}

async function login(credentials: Credentials, signal?: AbortSignal): Promise<Session> {
  const response = await reach(`${credentials.authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(loginBody(credentials)),
    ...(signal === undefined ? {} : { signal }),
  });
  const body = parseJson(await response.text());
  const token = response.headers.get('x-subject-token');
  if (!response.ok || token === null) {
    const text = ((body ?? {}) as ErrorBody).error?.message ?? `status ${response.status}`;
    throw clientError('API_LOGIN', { user: credentials.username, project: credentials.projectName, text });
  }
  return { token, networkUrl: networkUrlOf(body as LoginBody) ?? new URL(credentials.authUrl).origin };
}

function loginBody(credentials: Credentials): unknown {
  return {
    auth: {
      identity: {
        methods: ['password'],
        password: {
          user: {
            name: credentials.username,
            domain: { name: credentials.userDomainName },
            password: credentials.password,
          },
        },
      },
      scope: { project: { name: credentials.projectName, domain: { name: credentials.projectDomainName } } },
    },
  };
}

interface LoginBody {
  readonly token: {
    readonly catalog?: readonly {
      readonly type: string;
      readonly endpoints: readonly { readonly interface: string; readonly url: string }[];
    }[];
  };
}

/** Error bodies of the Networking and the Identity API. */
interface ErrorBody {
  readonly NeutronError?: { readonly type: string; readonly message: string };
  readonly error?: { readonly title: string; readonly message: string };
}

function networkUrlOf(body: LoginBody): string | undefined {
  const network = body.token.catalog?.find((service) => service.type === 'network');
  return network?.endpoints.find((endpoint) => endpoint.interface === 'public')?.url;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
