import type { FastifyRequest } from 'fastify';
import { ApiError } from '../http/api-error.ts';

/** The query of a request, each name at most once. Throws 400 for a name that is not known or given twice. */
export function readQuery(request: FastifyRequest, known: readonly string[]): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(request.url.split('?')[1] ?? '')) {
    if (!known.includes(name) || Object.hasOwn(values, name) || value.includes('\0'))
      throw new ApiError(400, 'HTTPBadRequest', `Invalid query: '${name}' is unknown here, given twice or no text.`);
    values[name] = value;
  }
  return values;
}

/** A whole number from 0 to `most`; undefined when it is not given. Throws 400. */
export function readNumber(query: Readonly<Record<string, string>>, name: string, most: number): number | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || value > most)
    throw new ApiError(400, 'HTTPBadRequest', `Invalid input for ${name}: '${text}' is no whole number up to ${most}.`);
  return value;
}
