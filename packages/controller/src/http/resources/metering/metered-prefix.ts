import { formatAddress, parseAddress } from '@netloom/core/net/address';
import { prefixesOverlap as overlap, type Prefix, parsePrefix, prefixOf } from '@netloom/core/net/prefix';
import { ApiError } from '../../api-error.ts';
import { pythonText } from '../../resource/python-text.ts';
import type { ValueType } from '../../resource/value-types.ts';

/** A prefix as the client wrote it, bits beyond its length included; a bare address is a prefix of one address. */
export function meteredPrefix(attribute: string): ValueType<string> {
  return {
    schema: { type: 'string' },
    sql: 'text',
    parse(value) {
      const prefix = typeof value === 'string' ? canonical(value) : undefined;
      if (prefix !== undefined) return prefix;
      const text = pythonText(value);
      throw new ApiError(
        400,
        'Invalid',
        `${attribute}: ${text} is invalid ['${text}' does not appear to be an IPv4 or IPv6 interface].`,
      );
    },
    fromText: (text) => canonical(text) ?? text,
  };
}

export function prefixesOverlap(one: string, two: string): boolean {
  const [a, b] = [readPrefix(one), readPrefix(two)];
  return a !== undefined && b !== undefined && overlap(a, b);
}

function canonical(text: string): string | undefined {
  const prefix = readPrefix(text);
  const address = parseAddress(text.split('/')[0] ?? '');
  return prefix && address && `${formatAddress(address)}/${prefix.length}`;
}

function readPrefix(text: string): Prefix | undefined {
  const address = parseAddress(text);
  return address === undefined ? parsePrefix(text) : prefixOf(address, address.family === 4 ? 32 : 128);
}
