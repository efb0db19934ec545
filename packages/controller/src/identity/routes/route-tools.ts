import type { FastifyReply, FastifyRequest } from 'fastify';
import { forbidden, unauthorized } from '../identity-error.ts';
import type { IdentityService } from '../service.ts';
import type { TokenView } from '../token-view.ts';

/** What every group of Identity routes is made with. */
export interface RouteTools {
  readonly service: IdentityService;
  /** Address of v3 as clients reach it: "http://host:port/identity/v3". */
  readonly base: string;
  /** Address of a request as its client sees it. */
  readonly selfUrl: (request: FastifyRequest) => string;
}

/** The valid token a request carries; throws IdentityError 401. */
export async function requireToken({ service }: RouteTools, request: FastifyRequest): Promise<TokenView> {
  const token = request.headers['x-auth-token'];
  const view = typeof token === 'string' ? await service.inspect(token) : undefined;
  if (view === undefined) throw unauthorized();
  return view;
}

/** As `requireToken`, and 403 unless the token is an admin's or `own` accepts it. `action` as in policy files. */
export async function requireAdmin(
  tools: RouteTools,
  request: FastifyRequest,
  { action, own }: { action: string; own?: (view: TokenView) => boolean },
): Promise<TokenView> {
  const view = await requireToken(tools, request);
  if (!view.caller.isAdmin && !own?.(view)) throw forbidden(action);
  return view;
}

/** A parameter of the path. */
export function pathParameter(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? '';
}

/** A parameter of the query; the first where it is repeated. */
export function queryParameter(request: FastifyRequest, name: string): string | undefined {
  const query = request.query as Record<string, string | string[] | undefined>;
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  return Array.isArray(value) ? value[0] : value;
}

/** "?include_names", "=1" and "=True" are yes; absent, "=0" and "=False" are no. */
export function queryFlag(request: FastifyRequest, name: string): boolean {
  const value = queryParameter(request, name);
  return value !== undefined && !/^(0|false|no)$/i.test(value);
}

export function noContent(reply: FastifyReply): FastifyReply {
  return reply.code(204).send();
}
