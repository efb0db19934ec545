import { formatAddress, parseAddress } from '@netloom/core/net/address';
import { parsePrefix } from '@netloom/core/net/prefix';
import { pythonText } from './python-text.ts';
import { InvalidValue, type ValueType } from './value-types.ts';

/** A prefix written with its length; bits beyond it are kept as the client wrote them. */
export const ipPrefix: ValueType<string> = {
  schema: { type: 'string' },
  sql: 'text',
  parse(value) {
    const prefix = typeof value === 'string' ? canonicalPrefix(value) : undefined;
    if (prefix === undefined) throw new InvalidValue(`'${pythonText(value)}' is not a valid IP subnet`);
    return prefix;
  },
  fromText: (text) => canonicalPrefix(text) ?? text,
};

/** An address or a prefix. */
export const addressOrPrefix: ValueType<string> = {
  schema: { type: 'string' },
  sql: 'text',
  parse(value) {
    const found = typeof value === 'string' ? canonical(value) : undefined;
    if (found !== undefined) return found;
    throw new InvalidValue(`'${pythonText(value)}' is neither a valid IP address, nor is it a valid IP subnet`);
  },
  fromText: (text) => canonical(text) ?? text,
};

function canonical(text: string): string | undefined {
  const address = parseAddress(text);
  return address === undefined ? canonicalPrefix(text) : formatAddress(address);
}

function canonicalPrefix(text: string): string | undefined {
  const [first = '', length] = text.split('/');
  const address = parseAddress(first);
  if (address === undefined || length === undefined || parsePrefix(text) === undefined) return undefined;
  return `${formatAddress(address)}/${Number(length)}`;
}

/** 4 or 6, of an address or prefix that was checked before. */
export function familyOf(text: string): 4 | 6 {
  return text.includes(':') ? 6 : 4;
}
