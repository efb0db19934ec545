import type { Readable } from 'node:stream';
import { ApiError } from './api-error.ts';
import { badRequest } from './resource/request-body.ts';

/** Largest request body, in bytes. */
export const LARGEST_BODY = 1024 * 1024;

/** A sender of more than this is cut off without an answer. */
const MOST_DRAINED = 64 * LARGEST_BODY;

/**
 * Reads a JSON body, whatever content type it claims; undefined for an empty one. A body that is too large is read to its end all the
 * same, so that the client comes to read the answer. Throws 400 for what is no JSON, 413 for what is too large.
 */
export async function readBody(payload: Readable): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of payload as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LARGEST_BODY) chunks.push(chunk);
    else chunks.length = 0;
    if (size > MOST_DRAINED) break;
  }
  if (size > LARGEST_BODY) {
    throw new ApiError(
      413,
      'HTTPRequestEntityTooLarge',
      `The request body is larger than ${LARGEST_BODY} bytes. Send fewer objects at once.`,
    );
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badRequest('Body contains invalid data', error);
  }
}
