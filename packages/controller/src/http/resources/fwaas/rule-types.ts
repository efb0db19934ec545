import { pythonText } from '../../resource/python-text.ts';
import { choice, InvalidValue, invalidInput, type ValueType } from '../../resource/value-types.ts';

const ACTIONS = choice('allow', 'deny', 'reject');
const PROTOCOLS = choice('dccp', 'icmp', 'ipv6-icmp', 'sctp', 'tcp', 'udp');
const HIGHEST_PORT = 65_535;

/** In any case. */
export const action: ValueType<string> = {
  ...ACTIONS,
  schema: {
    ...ACTIONS.schema,
    description: '"reject" answers TCP with a reset; everything else it drops, as "deny" does.',
  },
  parse(value) {
    if (typeof value !== 'string') throw invalidInput(`Input value ${pythonText(value)} must be string type`);
    return ACTIONS.parse(value.toLowerCase());
  },
};

/** A name, or null for any protocol. The field's server knows numbers, and then refuses them. */
export const protocol: ValueType<string | null> = {
  ...PROTOCOLS,
  schema: { anyOf: [PROTOCOLS.schema, { type: 'null' }] },
  parse(value) {
    if (value === null) return null;
    if (typeof value !== 'string') throw invalidInput(`Input value ${pythonText(value)} must be string type`);
    return PROTOCOLS.parse(value);
  },
};

/** "80" or "8000:8080"; null for any port. */
export const portRange: ValueType<string | null> = {
  schema: { anyOf: [{ type: 'string', pattern: '^\\d{1,5}(:\\d{1,5})?$' }, { type: 'null' }] },
  sql: 'text',
  parse(value) {
    if (value === null) return null;
    const parts = pythonText(value).split(':');
    if (parts.length > 2 || parts.includes('')) {
      throw new InvalidValue('Port range must be two integers separated by a colon');
    }
    const ports = parts.map(portNumber);
    const [first = 0, last = first] = ports;
    if (first > last) throw new InvalidValue('First port in a port range must be lower than the second port');
    return first === last ? String(first) : `${first}:${last}`;
  },
  fromText: (text) => text,
};

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : HIGHEST_PORT + 1;
  if (port > HIGHEST_PORT) throw new InvalidValue(`Invalid port: ${text}`);
  return port;
}
