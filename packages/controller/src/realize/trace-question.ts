import type { TraceQuestion } from '@netloom/core/trace/question';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../http/api-error.ts';
import { readNumber, readQuery } from './query.ts';

const NAMES = ['icmp', 'tcp', 'udp', 'sctp'] as const;
const PARAMETERS = ['from', 'source', 'to', 'protocol', 'port', 'source_port', 'icmp_type', 'icmp_code'];
const HIGHEST = { port: 65_535, source_port: 65_535, icmp_type: 255, icmp_code: 255 } as const;

/** The packet that a request asks about. Throws 400 for what no packet can be. */
export function readTraceQuestion(request: FastifyRequest): TraceQuestion {
  const query = readQuery(request, PARAMETERS);
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
