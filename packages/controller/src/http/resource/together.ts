import { CodedError } from '@netloom/core/errors/coded-error';
import type { Caller } from '../caller.ts';
import { batches } from './batches.ts';
import type { Resource } from './definition.ts';

/** Most requests that are put together. */
const MOST = 32;

/**
 * Serves requests that come at once in one go when the resource says `together`, else each by itself. `alike` says what requests of one
 * caller must have in common besides.
 */
export function together<Request extends { readonly caller: Caller }, Result>(
  resource: Resource,
  run: (requests: readonly Request[], caller: Caller) => Promise<readonly Result[]>,
  alike: (request: Request) => unknown,
): (request: Request) => Promise<Result> {
  if (!resource.together) {
    return async (request) => {
      const [result] = await run([request], request.caller);
      return result as Result;
    };
  }
  const serve = batches<Request, Result>({
    most: MOST,
    isFinal: (error) => error instanceof CodedError,
    // The key says that all of them have the same caller.
    run: async (requests) => (requests[0] === undefined ? [] : run(requests, requests[0].caller)),
  });
  return (request) => serve(JSON.stringify([identityOf(request.caller), alike(request)]), request);
}

function identityOf({ userId, userName, projectId, roles, isAdmin }: Caller): unknown {
  return [userId, userName, projectId, [...roles], isAdmin];
}
