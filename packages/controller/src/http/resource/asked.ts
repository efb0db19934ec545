import type { FastifyRequest } from 'fastify';
import { ApiError } from '../api-error.ts';
import type { Caller } from '../caller.ts';
import { canonicalUuid } from './value-types.ts';

/** A request, as far as operations need it. */
export interface Asked {
  readonly caller: Caller;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly params: Readonly<Record<string, string>>;
  readonly id: string;
  /** From the path of a sub-resource. */
  readonly parentId: string | undefined;
  readonly tag: string;
  readonly ifMatch: number | undefined;
}

export function asked(request: FastifyRequest): Asked {
  const params = request.params as Record<string, string>;
  const { id = '', tag = '', parent_id: parentId } = params;
  const question = request.url.indexOf('?');
  return {
    caller: request.caller,
    query: new URLSearchParams(question < 0 ? '' : request.url.slice(question + 1)),
    body: request.body,
    params,
    id,
    parentId: parentId === undefined ? undefined : (canonicalUuid(parentId) ?? parentId.replaceAll('\0', '')),
    tag,
    ifMatch: revisionOf(request.headers['if-match']),
  };
}

/** "revision_number=3"; anything else asks for nothing. */
function revisionOf(header: string | undefined): number | undefined {
  const number = /^revision_number=(\d{1,9})$/.exec(header ?? '')?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Throws 404 for a path with parts that nothing can be called. */
export function refuseBrokenPath({ params }: Asked): void {
  if (Object.values(params).some((part) => part.includes('\0'))) throw nothingThere();
}

/** The answer for a path that leads to nothing. */
export function nothingThere(): ApiError {
  return new ApiError(404, 'HTTPNotFound', 'The resource could not be found.');
}
