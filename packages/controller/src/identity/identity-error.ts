import { STATUS_CODES } from 'node:http';

/** An answer of the Identity API that is an error: `{"error": {"code", "title", "message"}}`; texts are Keystone's own. */
export class IdentityError extends Error {
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'IdentityError';
    this.status = status;
  }

  get body(): object {
    return { error: { code: this.status, message: this.message, title: STATUS_CODES[this.status] ?? 'Error' } };
  }
}

const CLIENT_IN_ERROR =
  'The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.';

/** 401. The one text for every reason, so that an answer tells nothing about which accounts exist. */
export function unauthorized(message = 'The request you have made requires authentication.'): IdentityError {
  return new IdentityError(401, message);
}

/** 403 for an action as policy files name it, as "identity:list_projects". */
export function forbidden(action: string): IdentityError {
  return new IdentityError(403, `You are not authorized to perform the requested action: ${action}.`);
}

export function notFound(kind: string, id: string): IdentityError {
  return new IdentityError(404, `Could not find ${kind}: ${id}.`);
}

/** 400: something is absent from the request. */
export function expecting(attribute: string, target: string): IdentityError {
  return new IdentityError(400, `Expecting to find ${attribute} in ${target}. ${CLIENT_IN_ERROR}`);
}

/** 400: a value is there and wrong; `path` as "identity/password/user". */
export function invalidInput(path: string, reason: string): IdentityError {
  return new IdentityError(400, `Invalid input for field '${path}': ${reason}`);
}

export function conflict(kind: string, details: string): IdentityError {
  return new IdentityError(409, `Conflict occurred attempting to store ${kind} - ${details}.`);
}
