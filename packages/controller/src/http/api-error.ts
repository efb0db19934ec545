/**
 * An answer of the Networking API that is an error: `{"NeutronError": {"type", "message", "detail": ""}}` with `status`.
 * Types and texts are the field's own (docs of Networking v2.0, neutron-lib exceptions).
 */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ApiError';
    this.status = status;
    this.type = type;
  }
}
