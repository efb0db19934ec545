import { CodedError } from '@netloom/core/errors/coded-error';
import { LINK_ERRORS, type LinkErrorCode, linkError } from './link-errors.ts';

/** WebSocket close code (RFC 6455, section 7.4.2: private use) of a link that ends with a coded error. */
const CODED_CLOSE = 4000;
/** A close frame has room for this many bytes of reason (RFC 6455, section 5.5). */
const MAX_REASON = 123;

/** What to give WebSocket.close() so that the other side learns the code and the words of an error. */
export function closeFrame(error: CodedError): [code: number, reason: string] {
  let reason = `${error.code}: ${error.message}`;
  while (Buffer.byteLength(reason) > MAX_REASON) reason = reason.slice(0, -1);
  return [CODED_CLOSE, reason];
}

/** The error that the other side ended the link with. */
export function errorOfClose(code: number, reason: string, host: string): CodedError {
  const coded = code === CODED_CLOSE ? errorOfText(reason, host) : undefined;
  if (coded) return coded;
  if (code === 1009) return linkError('LINK_TOO_LARGE', { limit: 'agreed' });
  return linkError('LINK_CLOSED', { reason: reason || `close code ${code}` });
}

/** Reads "CODE: words" of the table of link errors; undefined for any other text. */
export function errorOfText(text: string, host: string): CodedError | undefined {
  const [, code = '', message = ''] = /^([A-Z_]+): (.*)$/s.exec(text.trim()) ?? [];
  if (!Object.hasOwn(LINK_ERRORS, code)) return undefined;
  return new CodedError(code, { message, remedy: LINK_ERRORS[code as LinkErrorCode].remedy }, { host });
}
