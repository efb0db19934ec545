import { CodedError } from '@netloom/core/errors/coded-error';
import { ApiError } from './api-error.ts';

export interface ErrorAnswer {
  readonly status: number;
  readonly body: {
    readonly NeutronError: { readonly type: string; readonly message: string; readonly detail: string };
  };
  /** It is not the client's fault: it belongs into the log, and its own text does not belong into the answer. */
  readonly ours: boolean;
}

/** The answer of the Networking API to anything thrown. */
export function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof ApiError) return answer(error.status, error.type, error.message);
  if (error instanceof CodedError && error.status < 500) {
    return answer(error.status, error.code, error.message, error.remedy);
  }
  if (error instanceof CodedError && error.status === 503) {
    return failure(503, 'ServiceUnavailable', `Service unavailable (${error.code}). ${error.remedy}`);
  }
  const status = statusOf(error);
  if (status === 413) return answer(413, 'HTTPRequestEntityTooLarge', 'The request is too large.');
  if (status !== undefined) {
    return answer(status, 'HTTPBadRequest', 'The server could not comply with the request since it is malformed.');
  }
  return failure(
    500,
    'HTTPInternalServerError',
    'Request Failed: internal server error while processing your request.',
  );
}

function answer(status: number, type: string, message: string, detail = ''): ErrorAnswer {
  return { status, body: { NeutronError: { type, message, detail } }, ours: false };
}

function failure(status: number, type: string, message: string): ErrorAnswer {
  return { ...answer(status, type, message), ours: true };
}

/** Status of an error that the HTTP server itself found with the request. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
  return error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : undefined;
}
