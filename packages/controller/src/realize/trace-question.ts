import type { TraceQuestion } from '@netloom/core/trace/question';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../http/api-error.ts';
import { readNumber, readQuery } from './query.ts';

const NAMES = ['icmp', 'tcp', 'udp', 'sctp'] as const;
const PARAMETERS = ['from', 'source', 'to', 'protocol', 'port', 'source_port', 'icmp_type', 'icmp_code'];
const HIGHEST = { port: 65_535, source_port: 65_535, icmp_type: 255, icmp_code: 255 } as const;

/** The packet that the query of a request asks about. Throws 400 for what no packet can be. */
export function readTraceQuestion(request: FastifyRequest): TraceQuestion {
  return questionOf(readQuery(request, PARAMETERS));
}

/** The same of a body: {"trace": {...}} with what a query has, numbers as numbers or text. */
export function readTraceBody(body: unknown): TraceQuestion {
  const refuse = (what: string) => new ApiError(400, 'HTTPBadRequest', `Invalid body: ${what}`);
  const trace = isObject(body) && Object.keys(body).length === 1 ? body['trace'] : undefined;
  if (!isObject(trace)) throw refuse(`an object 'trace' is wanted, and nothing beside it.`);
  const values = Object.entries(trace).map(([name, value]): [string, string] => {
    if (PARAMETERS.includes(name) && (typeof value === 'string' || typeof value === 'number'))
      return [name, String(value)];
    throw refuse(`'${name}' is unknown here, or neither text nor number.`);
  });
  return questionOf(Object.fromEntries(values));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function questionOf(query: Readonly<Record<string, string>>): TraceQuestion {
  const { from, to, source } = query;
  if (!from || !to)
    throw new ApiError(400, 'HTTPBadRequest', `A trace needs 'from' (a port's id) and 'to' (an address).`);
  const number = (name: keyof typeof HIGHEST): number | undefined => readNumber(query, name, HIGHEST[name]);
  const [port, sourcePort, icmpType, icmpCode] = [
    number('port'),
    number('source_port'),
    number('icmp_type'),
    number('icmp_code'),
  ];
  return {
    ...{ from, to, protocol: readProtocol(query['protocol'] ?? 'icmp') },
    ...(source === undefined ? {} : { source }),
    ...(port === undefined ? {} : { port }),
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(icmpType === undefined ? {} : { icmpType }),
    ...(icmpCode === undefined ? {} : { icmpCode }),
  };
}

function readProtocol(text: string): TraceQuestion['protocol'] {
  const name = NAMES.find((each) => each === text);
  if (name !== undefined) return name;
  if (/^\d{1,3}$/.test(text) && Number(text) <= 255) return Number(text);
  throw new ApiError(400, 'HTTPBadRequest', `Invalid input for protocol: one of ${NAMES.join(', ')}, or 0 to 255.`);
}
