import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Answer } from './answer.ts';

const STALLED_MS = 60_000;

/** Sends an answer as the field's server does: JSON without a charset, and no content type at all where there is no body. */
export function sendAnswer(reply: FastifyReply, { status, body, text, revision }: Answer): FastifyReply {
  reply.code(status);
  if (typeof revision === 'number') reply.header('x-netloom-revision', String(revision));
  if (text instanceof Readable) {
    // A reader that has stopped reading must not keep what the text is made from.
    reply.raw.setTimeout(STALLED_MS, () => reply.raw.destroy());
    return reply.header('content-type', 'application/json').send(text);
  }
  const json = text ?? (body === undefined ? undefined : JSON.stringify(body));
  if (json === undefined) return reply.send();
  // As bytes: to text the server would add a charset.
  return reply.header('content-type', 'application/json').send(Buffer.from(json));
}
