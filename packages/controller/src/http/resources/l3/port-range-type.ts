import { pythonText } from '../../resource/python-text.ts';
import { InvalidValue, type ValueType } from '../../resource/value-types.ts';

/** "80" or "80:90": one port of TCP or UDP, or several in a row; null for none given. */
export const portRange: ValueType<string | null> = {
  schema: { anyOf: [{ type: 'string', pattern: '^\\d+(:\\d+)?$' }, { type: 'null' }] },
  sql: 'text',
  parse(value) {
    if (value === null) return null;
    const parts = pythonText(value).split(':');
    if (parts.length > 2 || parts.includes('')) {
      throw new InvalidValue('Port range must be two integers separated by a colon');
    }
    const [first = 0, last = first] = parts.map(portNumber);
    if (first > last) {
      throw new InvalidValue('First port in a port range must be lower than the second port');
    }
    return `${first}:${last}`;
  },
  fromText: (text) => (text.includes(':') ? text : `${text}:${text}`),
};

function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > LAST_PORT) throw new InvalidValue(`Invalid port: ${text}`);
  const port = Number(text);
  if (port > 0) return port;
  throw new InvalidValue(`Invalid port: ${text}, the port must be in the range [1, ${LAST_PORT}]`);
}

export const LAST_PORT = 65_535;
