import { ApiError } from '../../api-error.ts';
import { literal, pythonText } from '../../resource/python-text.ts';
import { canonicalUuid, InvalidValue, type ValueType } from '../../resource/value-types.ts';
import { formatHostPrefix, parseHostPrefix } from './host-prefix.ts';
import { PROTOCOL_NAMES, protocolNumber } from './protocols.ts';

const HIGHEST_PORT = 65_535;
const ETHERTYPES = ['IPv4', 'IPv6'] as const;

export type Ethertype = (typeof ETHERTYPES)[number];

/** A protocol by name or number; kept as text either way, null for any. */
export const ruleProtocol: ValueType<string | null> = {
  schema: { type: ['string', 'integer', 'null'] },
  sql: 'text',
  parse(value) {
    if (value === null) return null;
    const text =
      typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim().toLowerCase() : '';
    const plain = /^\+?\d+$/.test(text) ? String(Number(text)) : text;
    if (protocolNumber(plain) !== undefined) return plain;
    throw new ApiError(
      400,
      'SecurityGroupRuleInvalidProtocol',
      `Security group rule protocol ${pythonText(value)} not supported. Only protocol values ${literal([null, ...PROTOCOL_NAMES])} and integer representations [0 to 255] are supported.`,
    );
  },
  fromText: (text) => text,
};

export const ruleEthertype: ValueType<Ethertype> = {
  schema: { enum: ETHERTYPES },
  sql: 'text',
  parse(value) {
    const found = ETHERTYPES.find((one) => typeof value === 'string' && one.toLowerCase() === value.toLowerCase());
    if (found !== undefined) return found;
    throw new ApiError(
      400,
      'SecurityGroupRuleInvalidEtherType',
      `Security group rule for ethertype '${pythonText(value)}' not supported. Allowed values are ${literal(ETHERTYPES)}.`,
    );
  },
  fromText: (text) => ETHERTYPES.find((one) => one.toLowerCase() === text.toLowerCase()),
};

/** A port, or type or code of ICMP; null for any. */
export const rulePort: ValueType<number | null> = {
  schema: { type: ['integer', 'null'], minimum: 0, maximum: HIGHEST_PORT },
  sql: 'bigint',
  parse(value) {
    if (value === null) return null;
    const port = portOf(value);
    if (port === undefined) throw invalidPort(value);
    return port;
  },
  fromText: portOf,
};

function portOf(value: unknown): number | undefined {
  const readable = typeof value === 'number' || (typeof value === 'string' && /^\s*\+?\d{1,9}\s*$/.test(value));
  const port = readable ? Number(value) : Number.NaN;
  return Number.isInteger(port) && port >= 0 && port <= HIGHEST_PORT ? port : undefined;
}

export function invalidPort(value: unknown): ApiError {
  return new ApiError(400, 'SecurityGroupInvalidPortValue', `Invalid value for port ${pythonText(value)}`);
}

/** A prefix with the host bits that the client gave; nothing at all stands for any address. */
export const remotePrefix: ValueType<string | null> = {
  schema: { type: ['string', 'null'] },
  sql: 'text',
  parse(value) {
    if (value === null || value === '') return null;
    const prefix = typeof value === 'string' ? parseHostPrefix(value) : undefined;
    if (prefix !== undefined) return formatHostPrefix(prefix);
    throw new ApiError(400, 'InvalidCIDR', `Invalid CIDR ${pythonText(value)} given as IP prefix.`);
  },
  fromText(text) {
    const prefix = parseHostPrefix(text);
    return prefix ? formatHostPrefix(prefix) : text;
  },
};

/** The id of an object; a text that can be no id is answered like the id of no object. */
export function idOf(notFound: (id: string) => ApiError): ValueType<string> {
  return {
    schema: { type: 'string', format: 'uuid' },
    sql: 'uuid',
    parse(value) {
      if (typeof value !== 'string') throw new InvalidValue(`'${pythonText(value)}' is not a valid string`);
      const id = canonicalUuid(value);
      if (id === undefined) throw notFound(pythonText(value));
      return id;
    },
    fromText: canonicalUuid,
  };
}

/** The same where there may be none: null, or an empty text. */
export function idOrNone(notFound: (id: string) => ApiError): ValueType<string | null> {
  const id = idOf(notFound);
  return {
    ...id,
    schema: { anyOf: [id.schema, { type: 'null' }] },
    parse: (value) => (value === null || value === '' ? null : id.parse(value)),
  };
}
