import { CodedError } from '@netloom/core/errors/coded-error';
import { storeError } from './store-errors.ts';

/** The error itself and those it was wrapped around. */
function* chain(error: unknown): Generator<Error & { readonly code?: unknown }> {
  for (let at = error; at instanceof Error; at = at.cause) yield at;
}

/** Class 08: connection exception. 57P01 to 57P03: shutdown, crash of another session, starting up. 53300: too many clients. E...: errno. */
const LOSS_CODE = /^(08\w{3}|57P0[123]|53300|E[A-Z]{3,})$/;
/** `pg` gives no code to these. */
const LOSS_MESSAGE =
  /^(Connection terminated|timeout expired|timeout exceeded when|Query read timeout|Client has encountered a connection|Client was closed)/;

/** True when the connection, not the statement, failed: the server is away, is going down or is not up yet. */
export function isConnectionLoss(error: unknown): boolean {
  for (const { code, message } of chain(error)) {
    if (typeof code === 'string' ? LOSS_CODE.test(code) : LOSS_MESSAGE.test(message)) return true;
  }
  return false;
}

/** 40001 serialization failure, 40P01 deadlock. */
export function isContention(error: unknown): boolean {
  return [...chain(error)].some(({ code }) => code === '40001' || code === '40P01');
}

/** A statement that this connection prepared before a migration changed its table. */
export function isStalePlan(error: unknown): boolean {
  return [...chain(error)].some(({ code, message }) => code === '0A000' && message.includes('cached plan'));
}

/** The coded error for what a user can do something about; other errors (constraints, syntax) come back as they are. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CodedError) return error;
  const code = (error as { code?: string }).code ?? '';
  const reason = error.message || code || error.name;
  if (isConnectionLoss(error)) return storeError('DATABASE_UNREACHABLE', { reason }, error);
  // Class 28: authorization. 3D000: no such database. 42501: a right is missing.
  if (/^(28\w{3}|3D000|42501)$/.test(code)) return storeError('DATABASE_REFUSED', { reason }, error);
  if (code === '53100') return storeError('DATABASE_FULL', { reason }, error);
  return error;
}
