import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Decisions } from './access.ts';
import { ApiError } from './api-error.ts';
import type { Caller } from './caller.ts';
import { sendAnswer } from './send-answer.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes the request. There for every handler under /v2.0, and only there. */
    caller: Caller;
  }
}

/** One step of a request; it goes no further when the step throws or has answered. */
export interface Stage {
  readonly name: string;
  readonly run: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}

/** Says whose token this is; undefined for one that is unknown, expired or revoked. */
export type Authenticate = (token: string) => Promise<Caller | undefined>;

/**
 * What every request under /v2.0 passes before it reaches its route, in this order. The route then checks the body and the query
 * (resource/validate.ts, resource/list-query.ts), has the action authorized where the object is known (access.ts), and acts.
 */
export function stages(options: {
  readonly authenticate: Authenticate;
  readonly decisions?: Decisions;
  readonly identityUrl: (request: FastifyRequest) => string;
}): readonly Stage[] {
  return [requestId, authentication(options), access(options.decisions), acceptableAnswer];
}

const requestId: Stage = {
  name: 'request id',
  async run(request, reply) {
    reply.header('x-openstack-request-id', request.id);
  },
};

function authentication(options: Parameters<typeof stages>[0]): Stage {
  return {
    name: 'authenticate',
    async run(request, reply) {
      const token = request.headers['x-auth-token'];
      const caller = typeof token === 'string' && token !== '' ? await options.authenticate(token) : undefined;
      if (caller !== undefined) {
        request.caller = caller;
        return;
      }
      const message = 'The request you have made requires authentication.';
      reply.header('www-authenticate', `Keystone uri="${options.identityUrl(request)}"`);
      await sendAnswer(reply, { status: 401, body: { error: { code: 401, title: 'Unauthorized', message } } });
    },
  };
}

/** Says who decides about the request. The decisions themselves fall where the object is known. */
function access(decisions: Decisions | undefined): Stage {
  return {
    name: 'access',
    async run(request) {
      if (decisions !== undefined && request.caller !== null) request.caller = { ...request.caller, decisions };
    },
  };
}

const acceptableAnswer: Stage = {
  name: 'acceptable answer',
  async run(request) {
    const accepted = request.headers.accept ?? '*/*';
    if (/(^|[\s,])(\*\/\*|application\/(\*|json))\s*(;|,|$)/i.test(accepted)) return;
    throw new ApiError(
      406,
      'HTTPNotAcceptable',
      'The server could not comply with the request since it is either malformed or otherwise incorrect.',
    );
  },
};
