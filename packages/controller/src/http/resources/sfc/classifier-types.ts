import { pythonText } from '../../resource/python-text.ts';
import { InvalidValue, isObject, text, type ValueType } from '../../resource/value-types.ts';
import { invalidEthertype, invalidL7Parameter, invalidPort, invalidProtocol } from './sfc-errors.ts';

const PROTOCOLS = ['tcp', 'udp', 'icmp'] as const;
const ETHERTYPES = ['IPv4', 'IPv6'] as const;
const HIGHEST_PORT = 65_535;

/** In any case; null for any protocol. */
export const flowProtocol: ValueType<string | null> = {
  schema: { enum: [...PROTOCOLS, null] },
  sql: 'text',
  parse(value) {
    if (value === null) return null;
    const found = PROTOCOLS.find((one) => typeof value === 'string' && one === value.toLowerCase());
    if (found === undefined) throw invalidProtocol(value, PROTOCOLS);
    return found;
  },
  fromText: (value) => value.toLowerCase(),
};

/** In any case; null stands for IPv4. */
export const flowEthertype: ValueType<string> = {
  schema: { enum: ETHERTYPES },
  sql: 'text',
  parse(value) {
    if (value === null) return 'IPv4';
    const found = ETHERTYPES.find((one) => typeof value === 'string' && one.toLowerCase() === value.toLowerCase());
    if (found === undefined) throw invalidEthertype(value, ETHERTYPES);
    return found;
  },
  fromText: (value) => ETHERTYPES.find((one) => one.toLowerCase() === value.toLowerCase()) ?? value,
};

export const flowPort: ValueType<number | null> = {
  schema: { anyOf: [{ type: 'integer', minimum: 0, maximum: HIGHEST_PORT }, { type: 'null' }] },
  sql: 'bigint',
  parse(value) {
    if (value === null) return null;
    const readable = typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value));
    const port = readable ? Math.trunc(Number(value)) : Number.NaN;
    if (!(port >= 0 && port <= HIGHEST_PORT)) throw invalidPort(value);
    return port;
  },
  fromText: (value) => (/^\d{1,5}$/.test(value) ? Number(value) : undefined),
};

/** None are known; null stands for none. */
export const l7Parameters: ValueType<Readonly<Record<string, never>>> = {
  schema: { type: 'object', additionalProperties: false },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return {};
    if (!isObject(value)) throw new InvalidValue(`'${pythonText(value)}' is not a dictionary`);
    const [key] = Object.keys(value);
    if (key !== undefined) throw invalidL7Parameter(key);
    return {};
  },
  fromText: () => undefined,
};

/** Null stands for the empty text. */
export const plainText: ValueType<string> = {
  ...text(),
  parse: (value) => (value === null ? '' : text().parse(value)),
};
